"""Compiles the code of the services before they start."""

import compileall
from pathlib import Path
from typing import Final

_CODE: Final = ("services", "shared", "operate")


def compile_code(project: Path) -> None:
    """What has changed since. Where `PYTHONDONTWRITEBYTECODE` is set Python does it anew at each start: 0.4 s.

    What does not compile is left to the process that needs it, which says so.
    """
    for name in _CODE:
        compileall.compile_dir(project / name, quiet=2)
