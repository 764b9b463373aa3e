"""How much room a text takes in a drawing, without a font at hand: wide enough for the fonts that browsers have."""

from collections.abc import Iterator
from typing import Final
from unicodedata import east_asian_width

_WIDE: Final = frozenset("WF")
_NEVER_FIRST: Final = frozenset("，。、；：！？）》」』】”’")
"""Stay in the line of what is before them."""


def text_width(text: str, *, size: float) -> float:
    """Pixels: a Chinese character is as wide as high, any other a little over half of it."""
    return sum(size if east_asian_width(letter) in _WIDE else size * 0.56 for letter in text)


def wrapped(text: str, *, size: float, width: float) -> tuple[str, ...]:
    """The text in lines of at most `width`, broken between words and between Chinese characters."""
    lines: list[str] = []
    for piece in _pieces(text):
        longer = lines[-1] + piece if lines else ""
        if lines and (piece in _NEVER_FIRST or text_width(longer.rstrip(), size=size) <= width):
            lines[-1] = longer
        else:
            lines.append(piece)
    return tuple(line.strip() for line in lines if line.strip())


def _pieces(text: str) -> Iterator[str]:
    piece = ""
    for letter in text:
        if east_asian_width(letter) in _WIDE:
            if piece:
                yield piece
            yield letter
            piece = ""
            continue
        piece += letter
        if letter in " -/":
            yield piece
            piece = ""
    if piece:
        yield piece
