"""What a sink was sent, on disk: a JSON object a line, so that a sink that is killed knows it at its next start.

A line is written with one call, so SIGKILL leaves whole lines; a torn last one (a full disk) is no entry.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

_MODE: Final = 0o600
"""The book of the ERP simulator has the secrets of organisations."""


class Book:
    """Entries by kind, in the order in which they were written; without a path nothing is kept."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path

    def write(self, kind: str, entry: Mapping[str, Any]) -> None:
        """Append an entry. Raises OSError."""
        if self._path is None:
            return
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _MODE)
        try:
            os.write(file, orjson.dumps({"kind": kind, **entry}) + b"\n")
        finally:
            os.close(file)

    def entries(self, *kinds: str) -> Iterator[dict[str, Any]]:
        """The entries of these kinds, oldest first; all of them without a kind."""
        if self._path is None or not self._path.exists():
            return
        for line in self._path.read_bytes().split(b"\n"):
            try:
                entry = orjson.loads(line)
            except orjson.JSONDecodeError:
                continue
            if not kinds or entry["kind"] in kinds:
                yield entry
