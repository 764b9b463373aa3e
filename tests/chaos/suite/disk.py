"""A small file system for PostgreSQL's data that can be filled up, where this process may mount one."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

MEGABYTES: Final = 1024
"""A cluster takes about 40 MB, the write-ahead log 256 MB at most, a run of 15 minutes less than the rest."""
POSTGRES_OPTIONS: Final = {"max_wal_size": "192MB", "min_wal_size": "64MB"}
_PIECES: Final = (2**20, 2**12)
"""PostgreSQL takes space meanwhile, so the rest is taken in small pieces."""


class Disk:
    """A mounted file system."""

    def __init__(self, place: Path) -> None:
        self._filler = place / "filler"

    def fill(self) -> None:
        """Take all free space."""
        taken = 0
        with self._filler.open("wb") as file:
            for piece in _PIECES:
                with contextlib.suppress(OSError):
                    while True:
                        os.posix_fallocate(file.fileno(), taken, piece)
                        taken += piece

    def free(self) -> None:
        """Give the space back."""
        self._filler.unlink(missing_ok=True)


@contextmanager
def small_disk(place: Path, *, megabytes: int = MEGABYTES) -> Iterator[Disk | None]:
    """A tmpfs at `place` until the block ends; None where mounting is not permitted, which leaves a usual folder."""
    place.mkdir(parents=True, exist_ok=True)
    options = f"size={megabytes}m,mode=711"
    command = ["mount", "-t", "tmpfs", "-o", options, "redress-chaos", str(place)]
    try:
        is_mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        is_mounted = False
    if not is_mounted:
        yield None
        return
    try:
        yield Disk(place)
    finally:
        subprocess.run(["umount", "--lazy", str(place)], capture_output=True, check=False)
