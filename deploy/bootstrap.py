"""Make `.venv` from `uv.lock` on a machine that has Python 3.11 or newer and nothing else. Standard library only.

Everything downloaded is verified by hash and kept in a per-user cache, so that a second checkout fetches nothing.
What was interrupted is repaired by running it again: each result is written aside and renamed when complete, or
recorded by a stamp written last.
"""

import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
REQUIREMENTS = PROJECT / "deploy" / "uv-requirements.txt"
VENV = PROJECT / ".venv"
STAMP = VENV / "redress.stamp"


def main() -> None:
    """Do nothing when everything is in place; otherwise fetch uv, then let it make the environment."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is run by whatever Python is there
        fail(
            f"Redress needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}.",
            "make PYTHON=python3.12",
        )
    wanted = stamp_text()
    if is_current(wanted):
        return
    cache = cache_dir()
    with lock(cache / "bootstrap.lock"):
        uv = ensure_uv(cache)
    with lock(PROJECT / ".redress" / "bootstrap.lock"):
        if not is_current(wanted):
            sync(uv)
            STAMP.write_text(wanted)


def stamp_text() -> str:
    """Changes with the lock file, the project file and the place of the checkout; not with the Python that asks."""
    digest = hashlib.sha256(str(PROJECT).encode())
    for name in ("uv.lock", "pyproject.toml"):
        digest.update((PROJECT / name).read_bytes())
    return digest.hexdigest() + "\n"


def is_current(wanted: str) -> bool:
    return STAMP.exists() and STAMP.read_text() == wanted and (VENV / "bin" / "python").exists()


def cache_dir() -> Path:
    """REDRESS_CACHE, else the user's cache folder; `operate/runtime/paths.py` computes the same."""
    if configured := os.environ.get("REDRESS_CACHE"):
        return Path(configured).expanduser()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "redress"


def ensure_uv(cache: Path) -> Path:
    """The pinned uv, installed with every file checked against the hashes of the requirements file."""
    name = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = cache / f"uv-{name}"
    if not (folder / "bin" / "uv").exists():
        print("Fetching uv", flush=True)
        scratch = cache / f".uv-{os.getpid()}"
        shutil.rmtree(scratch, ignore_errors=True)
        install = [
            *pip(cache),
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary",
            ":all:",
        ]
        run([*install, "--require-hashes", "--target", str(scratch), "--requirement", str(REQUIREMENTS)])
        shutil.rmtree(folder, ignore_errors=True)
        scratch.rename(folder)
    return folder / "bin" / "uv"


def pip(cache: Path) -> list[str]:
    """A pip to run: this Python's own, or that of a small environment of ours."""
    own = [sys.executable, "-m", "pip"]
    if works([*own, "--version"]):
        return own
    if not works([sys.executable, "-c", "import ensurepip"]):
        fail(
            f"{sys.executable} has neither pip nor ensurepip, so nothing can be installed.",
            "Debian and Ubuntu: apt-get install python3-venv. Or take another Python: make PYTHON=/path/to/python3.12",
        )
    environment = cache / "pip"
    python = environment / "bin" / "python"
    if not works([str(python), "-m", "pip", "--version"]):
        run([sys.executable, "-m", "venv", "--clear", str(environment)])
    return [str(python), "-m", "pip"]


def sync(uv: Path, *, venv: Path = VENV, code: Path = PROJECT, options: Sequence[str] = ()) -> None:
    """Make the environment `venv` exactly what the lock file says; uv verifies the hash of each file.

    The project itself is linked from `code`, not built: building would fetch a build back end that no hash of the lock
    covers.
    """
    print(f"Installing the locked packages into {venv.name} (about 150 MB to fetch the first time)", flush=True)
    quiet = () if sys.stderr.isatty() else ("--quiet",)
    command = [str(uv), "sync", "--frozen", "--no-install-project", "--compile-bytecode", "--python", sys.executable]
    run([*command, *options, *quiet], UV_PROJECT_ENVIRONMENT=str(venv))
    for packages in (venv / "lib").glob("python3*/site-packages"):
        (packages / "redress.pth").write_text(f"{code}\n")
    script = venv / "bin" / "redress"
    python = shlex.quote(str(venv / "bin" / "python"))
    script.write_text(f'#!/bin/sh\nexec {python} -m operate.cli "$@"\n')
    script.chmod(0o755)


def works(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def run(command: list[str], **further: str) -> None:
    """Run and show, with a further environment; stop with a plain word when it fails."""
    # uv must work on this checkout's .venv, whatever environment the shell has activated.
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    environment |= {"PIP_ROOT_USER_ACTION": "ignore", **further}
    try:
        code = subprocess.run(command, cwd=PROJECT, env=environment, check=False).returncode
    except KeyboardInterrupt:
        fail("Interrupted.", "Run the same command again: what has arrived is kept.")
    if code:
        fail(
            f"{Path(command[0]).name} failed.",
            "Check the network and run the same command again: what has arrived is kept.",
        )


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold an exclusive lock; say so when another checkout holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another set-up to finish", flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def fail(what: str, hint: str) -> None:
    print(f"bootstrap: {what}\n  {hint}", file=sys.stderr)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
