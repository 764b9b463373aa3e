"""Messages: addresses and rules that contradict themselves, and texts that cannot be rendered for their events."""

from collections.abc import Iterator
from datetime import UTC, datetime
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel

from shared.contracts.envelope import MoneyV1
from shared.packs.language.hours import overlap
from shared.packs.language.types import Placed
from shared.packs.language.wording import Anything, Wording, WordingInvalid
from shared.packs.notify.model.channels import BY_HAND
from shared.packs.notify.model.delivery import Address, longest_wait
from shared.packs.notify.model.section import CUSTOMER, LOCALES, NotifySection, Rule, Template
from shared.packs.notify.names import CASE, DOCUMENT, LABELS, PARTY, SENDER, contract_of, roots_of, texts

_SAMPLE_AT: Final = datetime(2026, 3, 16, 9, tzinfo=UTC)
_ZONE: Final = ZoneInfo("Asia/Shanghai")


def address_errors(address: Address) -> Iterator[Placed]:
    """An address of no one, or of two; one that names no way."""
    if (address.role is None) == (address.subject is None):
        yield (), "an address is of a role or of a subject"
    if not (address.email or address.phone or address.fax or address.letter):
        yield (), "an address has an email, a phone, a fax or a letter"


def template_errors(template: Template) -> Iterator[Placed]:
    """A language without a text."""
    if missing := [locale for locale in LOCALES if locale not in template.locales]:
        yield ("locales",), f"no text in {', '.join(missing)}"


def rule_errors(rule: Rule) -> Iterator[Placed]:
    """Windows that overlap, and a customer who would deliver."""
    if fault := overlap(rule.hours):
        yield ("hours",), fault
    if rule.handled_by == CUSTOMER:
        yield ("handled_by",), "the customer delivers no messages; name a role"


def section_errors(section: NotifySection) -> Iterator[Placed]:
    """Texts that cannot be rendered for an event on which they are sent."""
    for path, template, locale, wording in texts(section):
        for event in sorted({name for rule in section.rules if rule.template == template.id for name in rule.on}):
            if fault := _wording_fault(wording, event=event, locale=locale):
                yield path, f"on {event}: {fault}"


def rule_warnings(rule: Rule) -> Iterator[Placed]:
    """A handler without a channel by hand, and hours that come after the deadline."""
    if rule.handled_by is not None and not rule.is_by_hand:
        yield ("handled_by",), f"rule {rule.id} has no channel by hand ({', '.join(BY_HAND)})"
    wait = longest_wait(rule.hours)
    if rule.deadline is not None and rule.deadline.elapsed() < wait:
        yield ("deadline",), f"rule {rule.id} may wait {wait} for its hours, beyond its deadline"


def section_warnings(section: NotifySection) -> Iterator[Placed]:
    """Channels that a rule's template is not written for."""
    for i, rule in enumerate(section.rules):
        written_for = {channel for each in section.templates if each.id == rule.template for channel in each.channels}
        if others := [channel for channel in rule.channels if written_for and channel not in written_for]:
            yield ("rules", i, "channels"), f"template {rule.template} is not written for {', '.join(others)}"


def _wording_fault(wording: Wording, *, event: str, locale: str) -> str | None:
    roots = roots_of([event]) | {"case": CASE | LABELS, "party": PARTY, "sender": SENDER}
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
    fields = {name: _sample_of(field.annotation) for name, field in contract_of(event).model_fields.items()}
    return {
        "case": {name: name for name in CASE | LABELS} | {"received_at": _SAMPLE_AT, "milestones": [event]},
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
