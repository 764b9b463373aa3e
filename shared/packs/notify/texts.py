"""What the texts and conditions of notify rules may name on each event, and whether a text survives sample data."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel

from shared.contracts import intake, topics
from shared.contracts.catalogue import Place, named_at
from shared.contracts.envelope import Contract, MoneyV1
from shared.packs.language.wording import Anything, Wording, WordingInvalid

PUBLISHED: Final = tuple(event.contract for event in named_at(Place.RULE) if event.topic != topics.NOTIFY)
CONTRACT_OF_EVENT: Final[Mapping[str, type[Contract]]] = {event.name: event.contract for event in named_at(Place.RULE)}

_CASE: Final = frozenset(
    {"case_id", "number", "case_type", "channel", "status", "previous_status", "owner", "first_responder",
     "customer_ref", "received_at", "milestones"}
)  # fmt: skip
_LABELS: Final = frozenset({"status_label", "owner_label"})
_PARTY: Final = frozenset({"name", "role"})
_SENDER: Final = frozenset({"name"})
_RECORD: Final = frozenset({"kind", "fields"})
_DOCUMENT: Final = frozenset({"template", "number", "state", "fields", "signed_by", "recipients"})
_EVENT: Final = frozenset({"name", "occurred_at"})
_SAMPLE_AT: Final = datetime(2026, 3, 16, 9, tzinfo=UTC)
_ZONE: Final = ZoneInfo("Asia/Shanghai")


def roots_of(events: Sequence[str]) -> dict[str, frozenset[str] | None]:
    """What may stand after each first name in the expressions of a rule that speaks on all of `events`."""
    fields = frozenset.intersection(*(frozenset(_contract(event).model_fields) for event in events)) | _EVENT
    roots: dict[str, frozenset[str] | None] = {"case": _CASE, "event": fields}
    if all(_contract(event) is intake.CaseAdvancedV1 for event in events):
        roots |= {"document": _DOCUMENT, "record": _RECORD}
    return roots


def _contract(event: str) -> type[Contract]:
    return CONTRACT_OF_EVENT.get(event, intake.CaseAdvancedV1)


def wording_fault(wording: Wording, *, event: str, locale: str) -> str | None:
    roots = roots_of([event]) | {"case": _CASE | _LABELS, "party": _PARTY, "sender": _SENDER}
    for root, *rest in wording.variables:
        if root in ("cite", "facts", "labels"):
            continue
        if root not in roots or (rest and rest[0] not in (roots[root] or ())):
            return f"no `{'.'.join((root, *rest))}`"
    try:
        wording.check(_sample(event), locale=locale, zone=_ZONE)
    except WordingInvalid as error:
        return error.detail
    return None


class _Open(dict[str, object]):
    """A sample of a map whose keys the pack decides; each holds `value`, or something of which nothing is known."""

    def __init__(self, value: object = None) -> None:
        super().__init__()
        self._value = value

    def __missing__(self, key: str) -> object:
        return Anything(key) if self._value is None else self._value


def _sample(event: str) -> dict[str, object]:
    fields = {name: _sample_of(field.annotation) for name, field in _contract(event).model_fields.items()}
    return {
        "case": {name: name for name in _CASE | _LABELS} | {"received_at": _SAMPLE_AT, "milestones": [event]},
        "facts": _Open(),
        "labels": _Open(),
        "event": fields | {"name": event, "occurred_at": _SAMPLE_AT},
        "document": {name: name for name in _DOCUMENT} | {"fields": _Open(), "signed_by": ["a"], "recipients": ["b"]},
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
