"""Calls in the text of an expression: where they stand, and the texts of their arguments."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

from shared.packs.language.expression_text import ExpressionInvalid

Argument = str
"""The text of an argument."""

_TOKEN: Final = re.compile(
    r"""(?P<text>'[^']*'|"[^"]*")|(?P<name>[A-Za-z_]\w*)|\d+(?:\.\d+)?|(?P<sign>\.\.|[()\[\],.])""", re.ASCII
)
_OPENS: Final = re.compile(r"\s*\(")


def names_in(source: str) -> Iterator[re.Match[str]]:
    """The names in `source` (group `name`): not what stands in quoted text, nor the member of something."""
    before = None
    for found in _TOKEN.finditer(source):
        if found["name"] and before != ".":
            yield found
        before = found["sign"]


def is_called(source: str, name: re.Match[str]) -> bool:
    """Whether a name that was found in `source` is that of a function."""
    return _OPENS.match(source, name.end()) is not None


def calls(source: str, words: Collection[str]) -> Iterator[tuple[str, int]]:
    """The `words` that are called, with where they begin."""
    for found in names_in(source):
        if found["name"] in words and is_called(source, found):
            yield found["name"], found.start("name")


def arguments(source: str, opening: int) -> tuple[list[Argument], int]:
    """The texts between the commas of a call, and where it ends. Raises ExpressionInvalid when a bracket stays open."""
    found_arguments: list[Argument] = []
    depth, begin = 0, opening + 1
    for found in _TOKEN.finditer(source, opening):
        sign = found["sign"]
        if sign in {"(", "["}:
            depth += 1
        elif sign in {")", "]"}:
            depth -= 1
        if (sign == "," and depth == 1) or depth == 0:
            found_arguments.append(source[begin : found.start("sign")])
            begin = found.end()
        if depth == 0:
            return [each for each in found_arguments if each.strip() or len(found_arguments) > 1], found.end()
    raise ExpressionInvalid(detail="a bracket stays open")


def rewritten(source: str, words: Collection[str], write: Callable[[str, Sequence[Argument]], str]) -> str:
    """`source` with what `write` makes of each call of one of `words`, given its arguments as they stand.

    Raises ExpressionInvalid when a bracket stays open.
    """
    parts: list[str] = []
    position = 0
    for name, start in calls(source, words):
        if start < position:
            continue
        given, end = arguments(source, source.index("(", start + len(name)))
        parts += [source[position:start], write(name, given)]
        position = end
    return "".join([*parts, source[position:]])


def bound(value: str, body: str) -> str:
    """`body`, in which `#` is `value`, evaluated once; null where that is."""
    return f"map([{value}], {body})[0]"
