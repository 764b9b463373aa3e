"""Which commit is the previous version, in repositories that are made for it."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.upgrade.previous import NoPrevious, is_before, previous_commit

ONE = {"intake": ("0001_first",), "sla": ("0001_first",)}
TWO = {**ONE, "sla": ("0001_first", "0002_second")}
THREE = {**TWO, "intake": ("0001_first", "0002_other")}


@pytest.mark.parametrize(
    ("theirs", "ours", "before"),
    [
        (ONE, TWO, True),
        (ONE, THREE, True),
        (TWO, TWO, False),
        (TWO, ONE, False),
        ({**ONE, "sla": ()}, TWO, False),
        ({**ONE, "sla": ("0001_other",)}, TWO, False),
        ({**TWO, "intake": ("0001_first", "0002_renamed")}, THREE, False),
    ],
)
def test_a_version_is_before_when_its_revisions_are_the_oldest_of_ours(
    theirs: dict[str, tuple[str, ...]], ours: dict[str, tuple[str, ...]], *, before: bool
) -> None:
    assert is_before(theirs, ours) is before


class Repository:
    """A checkout with a history."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words: str) -> str:
        own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.environ["PATH"]}
        own |= {f"GIT_{who}_{what}": "maintainer" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        return subprocess.run(
            ["git", *words], cwd=self.folder, env=own, check=True, capture_output=True, text=True
        ).stdout.strip()

    def commit(self, *files: str) -> str:
        for name in files:
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{len(list(self.folder.rglob('*')))}", encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=a commit")
        return self.git("rev-parse", "HEAD")


def revision(service: str, name: str) -> str:
    return f"services/{service}/migrations/versions/{name}.py"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A version with one revision of each service."""
    made = Repository(tmp_path)
    made.commit(revision("intake", "0001_first"), revision("sla", "0001_first"))
    return made


def resolved(repository: Repository, ours: dict[str, tuple[str, ...]]) -> str:
    commit, theirs = previous_commit(repository.folder, ours)
    assert is_before(theirs, ours)
    return commit


def test_it_is_the_commit_before_the_newest_revision_was_added(repository: Repository) -> None:
    before = repository.commit("README.md")
    repository.commit(revision("sla", "0002_second"))
    repository.commit("README.md")
    assert resolved(repository, TWO) == before


def test_it_is_what_is_committed_when_the_newest_revision_is_not(repository: Repository) -> None:
    newest = repository.commit("README.md")
    assert resolved(repository, TWO) == newest


def test_a_commit_that_only_rewrote_a_revision_is_no_upgrade(repository: Repository) -> None:
    before = repository.commit("README.md")
    repository.commit(revision("sla", "0002_second"))
    repository.commit(revision("sla", "0001_first"))
    assert resolved(repository, TWO) == before


def test_revisions_that_a_branch_brings_come_with_its_merge(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "branch")
    repository.commit(revision("sla", "0002_second"))
    repository.commit(revision("intake", "0002_other"))
    repository.git("checkout", "--quiet", "main")
    before = repository.commit("README.md")
    repository.git("merge", "--quiet", "--no-ff", "--message=a merge", "branch")
    assert resolved(repository, THREE) == before


def test_a_shallow_clone_says_that_it_is_one(repository: Repository, tmp_path_factory: pytest.TempPathFactory) -> None:
    repository.commit(revision("sla", "0002_second"))
    folder = tmp_path_factory.mktemp("clone")
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.folder}", str(folder))
    with pytest.raises(NoPrevious, match="shallow clone: git fetch --unshallow"):
        previous_commit(folder, TWO)


def test_without_a_repository_there_is_no_previous_version(tmp_path: Path) -> None:
    with pytest.raises(NoPrevious, match="git rev-parse: "):
        previous_commit(tmp_path, TWO)
