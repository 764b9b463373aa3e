"""The version before this one, laid out from git.

It is the newest commit of the first-parent history whose revisions are the oldest of this checkout's, at least one
fewer: the commit before the newest revision was added. An upgrade from it migrates a schema at every commit, and has
all the code that was written since as well. The commit before this one (`HEAD~1`) would be an upgrade without a
migration nearly always, a pinned commit would grow old, and there are no releases with tags yet.
"""

import io
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from operate.runtime.bytecode import compile_code
from operate.runtime.databases import SERVICES
from operate.runtime.paths import PROJECT
from shared.platform.db.migrate import chain

_REVISIONS: Final = "services/{service}/migrations/versions/"
Chains = Mapping[str, tuple[str, ...]]


class NoPrevious(LookupError):
    """This checkout has no git history that reaches back to a version with fewer revisions; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """A version in a folder of its own, the Python that has its packages, and its newest revision of each service."""

    commit: str
    folder: Path
    python: Path
    heads: Mapping[str, str]


def lay_out(folder: Path) -> Previous:
    """Put the previous version into `folder`. Raises NoPrevious."""
    commit, theirs = previous_commit(PROJECT, {service: chain(service) for service in SERVICES})
    with tarfile.open(fileobj=io.BytesIO(_git(PROJECT, "archive", "--format=tar", commit))) as archive:
        archive.extractall(folder, filter="data")
    compile_code(folder)
    heads = {service: revisions[-1] for service, revisions in theirs.items()}
    return Previous(commit=commit, folder=folder, python=_python(folder), heads=heads)


def previous_commit(project: Path, ours: Chains) -> tuple[str, Chains]:
    """The commit and its revisions, where `ours` are those of the checkout, committed or not. Raises NoPrevious."""
    for commit in _candidates(project):
        theirs = {service: _revisions(project, commit, service) for service in ours}
        if is_before(theirs, ours):
            return commit, theirs
    shallow = _said(project, "rev-parse", "--is-shallow-repository") == ["true"]
    raise NoPrevious(
        "no commit in the history of this checkout has fewer revisions"
        + (", because it is a shallow clone: git fetch --unshallow" if shallow else "")
    )


def is_before(theirs: Chains, ours: Chains) -> bool:
    """Whether each service's revisions are the oldest of ours, of one service at least not all of them."""
    return theirs != ours and all(of and ours[service][: len(of)] == of for service, of in theirs.items())


def _candidates(project: Path) -> Iterator[str]:
    """What is committed here, then the commit before each that touched a revision, newest first."""
    yield from _said(project, "rev-parse", "--verify", "HEAD")
    touched = ("rev-list", "--first-parent", "HEAD", "--", _REVISIONS.format(service="*") + "*")
    for commit in _said(project, *touched):
        if len(_said(project, "rev-list", "--max-count=1", "--parents", commit)[0].split()) > 1:
            yield from _said(project, "rev-parse", "--verify", f"{commit}^1")


def _revisions(project: Path, commit: str, service: str) -> tuple[str, ...]:
    listed = _said(project, "ls-tree", "--name-only", commit, _REVISIONS.format(service=service))
    return tuple(sorted(Path(file).stem for file in listed if file.endswith(".py")))


def _python(folder: Path) -> Path:
    """The Python of this checkout where it has all packages that the other version locks; else one that is set up."""
    if _locked(folder) <= _locked(PROJECT):
        return Path(sys.executable)
    subprocess.run([sys.executable, "deploy/bootstrap.py"], cwd=folder, check=True)
    return folder / ".venv" / "bin" / "python"


def _locked(folder: Path) -> set[tuple[str, str]]:
    lock = tomllib.loads((folder / "uv.lock").read_text(encoding="utf-8"))
    return {(package["name"], package["version"]) for package in lock["package"]}


def _said(project: Path, *words: str) -> list[str]:
    return _git(project, *words).decode().splitlines()


def _git(project: Path, *words: str) -> bytes:
    """Raises NoPrevious when there is no git, or no repository here."""
    try:
        return subprocess.run(["git", *words], cwd=project, check=True, capture_output=True).stdout
    except FileNotFoundError:
        raise NoPrevious("git is not installed") from None
    except subprocess.CalledProcessError as error:
        raise NoPrevious(f"git {words[0]}: {error.stderr.decode(errors='replace').strip()}") from None
