"""A temporary folder that the user of PostgreSQL can pass through, as pytest's own cannot be."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def passable_folder(name: str) -> Iterator[Path]:
    """A new folder with `name` in its own; gone with all that is in it afterwards."""
    root = Path(tempfile.mkdtemp(prefix=f"redress-{name}-"))
    root.chmod(0o711)
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)
