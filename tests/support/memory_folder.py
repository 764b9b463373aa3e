"""A folder in memory for data that no test needs after its run, where the machine has room for it.

Cloning and dropping a database makes and removes 300 files. On ext4 a removed inode is not used again for some seconds,
and looking past such inodes took 0.35 s of every clone (`perf`: `recently_deleted`); tmpfs has none of that.
"""

import os
import shutil
from pathlib import Path
from typing import Final

_MEMORY: Final = Path("/dev/shm")
_PREFIX: Final = "redress-test-"
_ROOM: Final = 4 * 2**30
"""Bytes: a run's databases take less than a tenth of it at any time."""


def memory_folder(name: str, *, otherwise: Path) -> Path:
    """A new folder in memory for this process, or `otherwise`; what a killed run left there is removed first."""
    if not os.access(_MEMORY, os.W_OK) or shutil.disk_usage(_MEMORY).free < _ROOM:
        return otherwise
    for left in _MEMORY.glob(f"{_PREFIX}*"):
        pid = left.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdecimal() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = _MEMORY / f"{_PREFIX}{os.getpid()}-{name}"
    folder.mkdir(mode=0o700)
    return folder
