"""`{photo.evidence_id}`: what an earlier step's answer said, wherever a later step writes text.

A step keeps its answer under a name (`keep: photo`); a registered case is kept under its own. `{case_id}` and
`{organisation_id}` are always known. Text that is one reference becomes the value itself, number or list included.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from operate.errors import OperatorError

ALWAYS = ("case_id", "organisation_id")
_PLACE = re.compile(r"\{(?P<name>\w[\w-]*)(?P<path>(?:\.\w[\w-]*)+)\}|\{(?P<own>" + "|".join(ALWAYS) + r")\}")

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


def names_in(value: object) -> Iterator[str]:
    """The names that references in `value` (text, or maps and lists of it) begin with."""
    match value:
        case str():
            yield from (found["name"] or found["own"] for found in _PLACE.finditer(value))
        case Mapping():
            for item in value.values():
                yield from names_in(item)
        case list():
            for item in value:
                yield from names_in(item)


def filled(value: Any, kept: Kept) -> Any:
    """`value` with every reference replaced. Raises NothingThere."""
    match value:
        case str():
            whole = _PLACE.fullmatch(value)
            return _meant(whole, kept) if whole else _PLACE.sub(lambda found: str(_meant(found, kept)), value)
        case Mapping():
            return {key: filled(item, kept) for key, item in value.items()}
        case list():
            return [filled(item, kept) for item in value]
        case _:
            return value


def _meant(found: re.Match[str], kept: Kept) -> Any:
    name = found["name"] or found["own"]
    value = kept.get(name)
    for part in (found["path"] or "").split(".")[1:]:
        below = _member(value, part)
        if below is None:
            raise NothingThere(found[0], part=part, value=value)
        value = below
    return value


def _member(value: object, part: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(part)
    if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
        return value[int(part)]
    return None
