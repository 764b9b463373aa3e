"""Put Redress into a folder of its own: `python deploy/install.py /opt/redress`. Standard library only.

The folder has the code and, in `.venv`, the locked packages without those of development and of the embedded servers.
Everything is compiled: nothing in it is written to when it runs, so it may be read-only and belong to another user.
The container image is made by this, and so is an installation without containers.
"""

import compileall
import shutil
import sys
from pathlib import Path

from bootstrap import PROJECT, cache_dir, ensure_uv, fail, lock, sync

CODE = ("services", "shared", "operate", "deploy/policies", "deploy/topics.yaml", "deploy/health.py")
PACKAGES = ("--no-default-groups", "--link-mode", "copy")


def main() -> None:
    """Install into the folder that the command line names, which is empty or does not exist."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the program and the folder
        fail("Which folder?", "python deploy/install.py /opt/redress")
    prefix = Path(sys.argv[1]).absolute()
    if prefix.exists() and any(prefix.iterdir()):
        fail(f"{prefix} is not empty.", "Install a release into a folder of its own, and point a link at it.")
    cache = cache_dir()
    with lock(cache / "bootstrap.lock"):
        uv = ensure_uv(cache)
    prefix.mkdir(parents=True, exist_ok=True)
    copy_code(prefix)
    sync(uv, venv=prefix / ".venv", code=prefix, options=PACKAGES)


def copy_code(prefix: Path) -> None:
    """The code and what it reads, compiled."""
    for name in CODE:
        source, target = PROJECT / name, prefix / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    packages = [prefix / name for name in CODE if "/" not in name]
    if not all(compileall.compile_dir(package, quiet=1) for package in packages):
        fail("The code does not compile.", "Take a whole checkout of a release.")


if __name__ == "__main__":
    main()
