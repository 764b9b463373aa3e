"""What the document says of an answer that is a file."""

from typing import Any

Responses = dict[int | str, dict[str, Any]]


def download(description: str, *media_types: str) -> Responses:
    """200 with content of one of `media_types`, as it was sent."""
    return _of_one(description, media_types, {"type": "string", "format": "binary"})


def lines(description: str, *media_types: str) -> Responses:
    """200 with text in UTF-8, in one of `media_types`."""
    return _of_one(description, media_types, {"type": "string"})


def _of_one(description: str, media_types: tuple[str, ...], schema: dict[str, Any]) -> Responses:
    content = {media_type: {"schema": schema} for media_type in media_types}
    return {200: {"description": description, "content": content}}
