"""Lines of logs as JSON objects, whichever program wrote them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from operate.runtime.processes import tail


def log_object(part: str, line: str) -> str:
    """A line of `part` as one JSON object: a service's own with `part` added, another program's words as `text`.

    What the line says of `part` itself is replaced. A lone surrogate becomes a question mark.
    """
    text = line.rstrip("\r\n")
    fields = _fields(text)
    if fields is None:
        fields = {"text": text.encode("utf-8", "replace").decode()}
    return orjson.dumps({**fields, "part": part}).decode()


def last_objects(files: Iterable[Path], *, lines: int) -> Iterator[str]:
    """The last lines of each log file as objects; the name of the file is the part."""
    for file in files:
        for line in tail(file, lines=lines):
            yield log_object(file.stem, line)


def _fields(text: str) -> dict[str, Any] | None:
    try:
        read = orjson.loads(text)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None
