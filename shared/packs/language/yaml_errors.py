"""Why a text is not YAML, for its author: the line of the cause, and what was probably meant."""

import re
from typing import Final

from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.reader import ReaderError

_IN_FLOW: Final = "; inside {…} or […] a text with a comma, a bracket or a colon needs quotes"
_OPENED: Final = ("flow", "quoted scalar", "simple key")
"""Contexts that begin where the cause is: an open bracket, an open quote, a line that is no `key: value`."""
_NO_SPACE: Final = re.compile(r"\s*(-\s+)?(?P<key>[\w-]+):(?P<value>[^\s/].*)")


def why_unreadable(error: Exception, text: str) -> tuple[int, str]:
    """The line and the message of an error of the parser."""
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return line, f"not YAML: the character U+{ord(text[error.position]):04X} may not be used"
    if isinstance(error, MarkedYAMLError):
        context = error.context or ""
        marks = (error.problem_mark, error.context_mark)
        mark = next((each for each in (reversed(marks) if _is_cause(error) else marks) if each is not None), None)
        line = mark.line + 1 if mark is not None else 1
        if "flow" in context and mark is error.problem_mark:
            line = _last_inside(text.splitlines(), line, error)
        if (opened := _open_quote(text, error)) is not None and opened < line:
            return opened, f'not YAML: a quote (") that is opened on this line is closed on line {line} only'
        hint = _hint(text.splitlines()[line - 1 : line]) or (_IN_FLOW if "flow" in context else "")
        return line, f"not YAML: {error.problem or context}{hint}"
    return 1, f"not YAML: {(str(error) or type(error).__name__).splitlines()[0]}"


def _is_cause(error: MarkedYAMLError) -> bool:
    """Whether the place where something was begun is what the author has to mend, not where it was noticed."""
    context = error.context or ""
    if "flow" in context:
        ended = ("<stream end>", "<document end>", "<block end>", "end of stream")
        return any(word in (error.problem or "") for word in ended) or _is_later(error)
    return any(word in context for word in _OPENED)


def _is_later(error: MarkedYAMLError) -> bool:
    """An open bracket that is noticed on a later line."""
    first, second = error.context_mark, error.problem_mark
    return (
        first is not None and second is not None and second.line > first.line and "<scalar>" not in str(error.problem)
    )


def _last_inside(lines: list[str], line: int, error: MarkedYAMLError) -> int:
    """The line on which a bracket or a comma is missing that is noticed at the first word of a later `line`."""
    opened, noticed = error.context_mark, error.problem_mark
    if opened is None or noticed is None or opened.line == noticed.line or lines[line - 1][: noticed.column].strip():
        return line
    return next((number for number in range(line - 1, opened.line, -1) if lines[number - 1].strip()), line)


def _open_quote(text: str, error: MarkedYAMLError) -> int | None:
    """The line on which a quote was opened that ends just before the place of the error; None when there is none."""
    before = text[: error.problem_mark.index] if error.problem_mark is not None else ""
    if not before.rstrip(" ").endswith('"'):
        return None
    quotes = enumerate(before.replace('\\"', "  ").splitlines(), 1)
    odd = [number for number, line in quotes if line.count('"') % 2]
    return odd[-2] if odd and len(odd) % 2 == 0 else None  # in pairs: where it is opened, where it ends


def _hint(lines: list[str]) -> str:
    line = lines[0] if lines else ""
    if "\u00a0" in line or "\u3000" in line:
        return "; the line holds a space that is none of YAML (U+00A0 or U+3000): type a plain one"
    if "\t" in line:
        return "; the line holds a tab: indent and separate with spaces"
    if "：" in line and ": " not in line:
        return "; the line holds a full-width colon: write `:` and a space"
    if (found := _NO_SPACE.fullmatch(line)) is not None:
        return f"; a space is missing after the colon: {found['key']}: {found['value'][:80]}"
    return ""
