"""Sample data for the texts of messages: one value of the right kind for everything that an event says."""

from datetime import UTC, datetime
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

from shared.contracts.envelope import MoneyV1
from shared.packs.language.wording import Anything
from shared.packs.notify.names import CASE, DOCUMENT, LABELS, LINK, contract_of

_SAMPLE_AT: Final = datetime(2026, 3, 16, 9, tzinfo=UTC)


class _Open(dict[str, object]):
    """A sample of a map whose keys the pack decides; each holds `value`, or something of which nothing is known."""

    def __init__(self, value: object = None) -> None:
        super().__init__()
        self._value = value

    def __missing__(self, key: str) -> object:
        return Anything(key) if self._value is None else self._value


def sample_of(event: str) -> dict[str, object]:
    """What a text may be given on an event."""
    fields = {name: _sample_of(field.annotation) for name, field in contract_of(event).model_fields.items()}
    return {
        "case": {name: name for name in CASE | LABELS | {LINK}} | {"received_at": _SAMPLE_AT, "milestones": [event]},
        "facts": _Open(),
        "labels": _Open(),
        "event": fields | {"name": event, "occurred_at": _SAMPLE_AT},
        "document": {name: name for name in DOCUMENT} | {"fields": _Open(), "signed_by": ["a"], "recipients": ["b"]},
        "record": {"kind": "kind", "fields": _Open()},
        "party": {"name": "name", "role": "role"},
        "sender": {"name": "sender"},
        "cite": "X-1 Art.1",
    }


_SAMPLES: Final[dict[Any, object]] = {
    datetime: _SAMPLE_AT,
    AwareDatetime: _SAMPLE_AT,
    MoneyV1: {"minor": 1, "currency": "CNY"},
    bool: True,
    int: 1,
}


def _sample_of(annotation: Any) -> object:
    origin = get_origin(annotation)
    if origin is Annotated or origin in (Union, UnionType):
        return _sample_of(get_args(annotation)[0])
    if origin is dict:
        value = get_args(annotation)[1]
        return _Open(_sample_of(value) if isinstance(value, type) and issubclass(value, BaseModel) else None)
    if origin is list:
        return [Anything("item")]
    if annotation in _SAMPLES:
        return _SAMPLES[annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {name: _sample_of(field.annotation) for name, field in annotation.model_fields.items()}
    return Anything("text")
