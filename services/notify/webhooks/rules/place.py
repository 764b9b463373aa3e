"""What stays the same of a webhook's URL in every way of writing it (RFC 3986 §6.2.2, §6.2.3)."""

import re
from typing import Final
from urllib.parse import urlsplit

_PORTS: Final = {"https": 443, "http": 80}
_ENCODED: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def place_of(url: str) -> str:
    """`url` with scheme and host in small letters, a port that is not the scheme's, and a path that is not empty.

    Percent-encoded unreserved characters are decoded, other encodings written in capitals. `url` was judged before.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removesuffix(".")
    port = "" if parts.port in (None, _PORTS.get(parts.scheme)) else f":{parts.port}"
    query = f"?{_decoded(parts.query)}" if parts.query else ""
    return f"{parts.scheme}://{host}{port}{_decoded(parts.path) or '/'}{query}"


def _decoded(text: str) -> str:
    return _ENCODED.sub(_as_unreserved, text)


def _as_unreserved(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if character in _UNRESERVED else found[0].upper()
