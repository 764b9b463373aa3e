"""`{photo.evidence_id}`: a part of an earlier step's answer, wherever a later step writes text.

A step keeps its answer under a name (`keep: photo`); a registered case is kept under its own. `{case_id}` and
`{organisation_id}` are always known. Text that is one reference becomes the value itself, number, list or whole answer
(`{photo}`) included. Inside other text a reference names a single value; other braces stay as they are.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from operate.errors import OperatorError

ALWAYS: Final = ("case_id", "organisation_id")
_PART: Final = r"(?:\.\w[\w-]*)"
_REFERENCE: Final = re.compile(rf"\{{(?P<name>\w[\w-]*)(?P<path>{_PART}+)\}}|\{{(?P<own>{'|'.join(ALWAYS)})\}}")
_WHOLE: Final = re.compile(rf"\{{(?P<name>\w[\w-]*)(?P<path>{_PART}*)\}}")
_BARE: Final = re.compile(r"\{(\w[\w-]*)\}")

Kept = Mapping[str, Any]


class NothingThere(OperatorError):
    """A reference to a field that the kept answer does not have."""

    def __init__(self, reference: str, *, part: str, value: object) -> None:
        has = (
            ", ".join(map(str, value))
            if isinstance(value, Mapping)
            else f"{len(value)} items"
            if isinstance(value, list)
            else "a single value"
        )
        super().__init__(f"{reference}: there is no `{part}` in that answer, which has {has}")


class NotText(OperatorError):
    """A reference inside other text to an object or a list."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"{reference}: an object or a list cannot stand inside other text; name one of its fields")


def names_in(value: object) -> Iterator[str]:
    """The names that references in `value` (text, or maps and lists of it) begin with."""
    for text in _texts(value):
        if whole := _WHOLE.fullmatch(text):
            yield whole["name"]
        else:
            yield from (found["name"] or found["own"] for found in _REFERENCE.finditer(text))


def whole_answers_inside_text(value: object) -> Iterator[str]:
    """Names in braces inside other text: a kept answer of that name is no text."""
    for text in _texts(value):
        if not _WHOLE.fullmatch(text):
            yield from (name for name in _BARE.findall(text) if name not in ALWAYS)


def filled(value: Any, kept: Kept) -> Any:
    """`value` with every reference replaced. Raises NothingThere, NotText."""
    match value:
        case str():
            whole = _WHOLE.fullmatch(value)
            if whole:
                return _value_of(whole[0], whole["name"], whole["path"], kept)
            return _REFERENCE.sub(lambda found: _text_of(found, kept), value)
        case Mapping():
            return {key: filled(item, kept) for key, item in value.items()}
        case list():
            return [filled(item, kept) for item in value]
        case _:
            return value


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for item in value.values():
                yield from _texts(item)
        case list():
            for item in value:
                yield from _texts(item)


def _text_of(found: re.Match[str], kept: Kept) -> str:
    value = _value_of(found[0], found["name"] or found["own"], found["path"] or "", kept)
    if isinstance(value, Mapping | list):
        raise NotText(found[0])
    return str(value)


def _value_of(reference: str, name: str, path: str, kept: Kept) -> Any:
    value = kept.get(name)
    for part in path.split(".")[1:]:
        below = _member(value, part)
        if below is None:
            raise NothingThere(reference, part=part, value=value)
        value = below
    return value


def _member(value: object, part: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(part)
    if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
        return value[int(part)]
    return None
