"""Where things are: the checkout, its state directory `.redress`, and the cache that all checkouts of a user share."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Layout:
    """The places inside one state directory."""

    state: Path
    project: Path = PROJECT

    @property
    def stack_file(self) -> Path:
        return self.state / "stack.json"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def keys(self) -> Path:
        return self.state / "keys"

    @property
    def storage(self) -> Path:
        return self.state / "storage"

    @property
    def postgres(self) -> Path:
        return self.state / "postgres"

    @property
    def kafka(self) -> Path:
        return self.state / "kafka"

    def create(self) -> None:
        """Make the directories; others may pass through the state directory but read nothing private in it."""
        self.state.mkdir(parents=True, exist_ok=True)
        self.state.chmod(0o711)
        for private in (self.keys, self.storage):
            private.mkdir(exist_ok=True, mode=0o700)
        self.logs.mkdir(exist_ok=True)


def default_layout(environ: Mapping[str, str] = os.environ) -> Layout:
    """The state directory that REDRESS_STATE names; without it the one of this checkout."""
    return Layout(state=Path(environ.get("REDRESS_STATE") or PROJECT / ".redress"))


def cache_dir(environ: Mapping[str, str]) -> Path:
    """The per-user cache of downloads, as `deploy/bootstrap.py` computes it."""
    if configured := environ.get("REDRESS_CACHE"):
        return Path(configured).expanduser()
    base = environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "redress"


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on `path`; the system drops it when the process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def write_private(path: Path, text: str) -> None:
    """Replace a file that only its owner may read, in one step."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    scratch.replace(path)
