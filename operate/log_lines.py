"""Lines of logs as JSON objects, whichever program wrote them."""

from typing import Any

import orjson


def log_object(part: str, line: str) -> str:
    """A line of `part` as one JSON object: a service's own with `part` added, another program's words as `text`.

    What the line says of `part` itself is replaced. A lone surrogate becomes a question mark.
    """
    text = line.rstrip("\r\n")
    fields = _fields(text)
    if fields is None:
        fields = {"text": text.encode("utf-8", "replace").decode()}
    return orjson.dumps({**fields, "part": part}).decode()


def _fields(text: str) -> dict[str, Any] | None:
    try:
        read = orjson.loads(text)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None
