"""The worked example of AUTHORING.md: its files, taken out of the page."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_FILE: Final = re.compile(
    r"^`([a-z0-9_/]+\.(?:yaml|md))`:\n\n```(?:yaml|markdown)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)


def files(page: str) -> Mapping[str, str]:
    """Path (`lamps/sla.yaml`) to content, for every fenced block with its file's name above it."""
    return dict(_FILE.findall(page))


def write(page: str, folder: Path) -> list[Path]:
    """The example's files under `folder`."""
    written = []
    for name, content in files(page).items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
        written.append(file)
    return written
