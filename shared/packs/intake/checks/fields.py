"""Fields of contacts, cases, steps and records: combinations of keys that contradict each other, initial values."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from shared.packs.intake.model.fields import EntryField, FactField
from shared.packs.language.types import Placed

_DECIMAL: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?")


def field_errors(field: EntryField) -> Iterator[Placed]:
    """Keys that the type of the field does not take."""
    if field.shared and field.personal:
        yield ("shared",), "personal data may not be shared"
    if field.type == "choice" and not field.choices:
        yield ("choices",), "a choice needs choices"
    if field.choices and field.type not in {"choice", "list"}:
        yield ("choices",), "only a choice or a list has choices"
    yield from _bound_errors(field)
    for choice in doubled(field.allowed()):
        yield ("choices",), f"{choice} stands twice"
    if field.equals is not None and field.type != "boolean":
        yield ("equals",), "equals is for booleans"


def _bound_errors(field: EntryField) -> Iterator[Placed]:
    for key, said in (("min", "a min and a max"), ("max", "a min and a max"), ("unit", "a unit")):
        if getattr(field, key) is not None and field.type not in {"integer", "decimal"}:
            yield (key,), f"only numbers have {said}"
    for key in ("not_before", "not_after"):
        if getattr(field, key) is not None and field.type not in {"date", "instant"}:
            yield (key,), "only dates and instants have a not_before and a not_after"
    if field.min is not None and field.max is not None and field.min > field.max:
        yield ("max",), f"nothing is at least {field.min} and at most {field.max}"


def doubled(names: Sequence[str]) -> list[str]:
    """The names that stand more than once."""
    return [name for name, times in Counter(names).items() if times > 1]


def fact_errors(fact: FactField) -> Iterator[Placed]:
    """An initial value that the fact cannot have."""
    if fact.initial is not None and not can_be(fact, fact.initial):
        yield ("initial",), f"{str(fact.initial)!r} is no value of type {fact.type}"


def can_be(field: EntryField, value: object) -> bool:
    """Whether a value that a pack states is one of the field; no list is."""
    match field.type:
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "choice":
            return value in field.allowed()
        case "decimal":
            return isinstance(value, str) and _DECIMAL.fullmatch(value) is not None
        case "list":
            return False
        case _:
            return isinstance(value, str)
