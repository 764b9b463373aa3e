"""What the document says of an answer that is a file."""

from typing import Any

Responses = dict[int | str, dict[str, Any]]


def download(description: str, *media_types: str) -> Responses:
    """200 with content of one of `media_types`."""
    content = {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in media_types}
    return {200: {"description": description, "content": content}}
