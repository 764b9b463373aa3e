"""The settings of one element of a pack as a person reads them: conditions and formulas as they are written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Union

from pydantic import BaseModel

from operate.policy_page.labels import Labels
from operate.policy_page.words import CAPTIONS, NO, YES, duration_text, warning_text
from shared.kernel.text import Text
from shared.packs.language.durations import Duration
from shared.packs.language.expression import Expression
from shared.packs.settlement.model.section import Round
from shared.packs.sla.model.clocks import Warn

Value = Union[Text, str, "Nested"]
"""What people read, code as it is written in the pack, or a thing with settings of its own."""

_ELSEWHERE: Final = frozenset({"id", "label", "cite", "message", "to_customer", "max_length", "shared", "personal"})
"""Settings that are shown in other places of the page, or tell a reader of the document nothing."""
_NAMING: Final = frozenset({"status", "name", "event", "template", "kind", "case_type"})
"""Settings of nested things that need no caption."""
_ALWAYS: Final = "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One setting with its values."""

    caption: Text
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested:
    """What stands in a setting and has no citation: what it names first, then its settings, its condition last."""

    names: tuple[Value, ...]
    details: tuple[Detail, ...]


def details_of(thing: object, labels: Labels) -> tuple[Detail, ...]:
    """The settings of an element that differ from what is usual; what has citations of its own is left out."""
    if isinstance(thing, Expression):
        return (Detail(caption=CAPTIONS["value"], values=(thing.source,)),)
    if not isinstance(thing, BaseModel):
        return ()
    found = ((name, tuple(_values(name, value, labels))) for name, value in _settings(thing))
    return tuple(Detail(caption=caption(name), values=values) for name, values in found if values)


def caption(setting: str) -> Text:
    """What people read for a setting; its name where there is no word for it."""
    return CAPTIONS.get(setting) or Text(zh=setting, en=setting)


def _settings(thing: BaseModel) -> Iterator[tuple[str, object]]:
    """The settings that are not as usual; a refusal's code after what it refuses."""
    for name, field in sorted(type(thing).model_fields.items(), key=lambda each: each[0] == "code"):
        value = getattr(thing, name)
        if name not in _ELSEWHERE and value is not None and value != field.default:
            yield name, value


def _values(name: str, value: object, labels: Labels) -> Iterator[Value]:
    match value:
        case tuple():
            for item in value:
                yield from _values(name, item, labels)
        case Mapping():
            yield from (f"{key} = {item}" for key, item in value.items())
        case BaseModel() if not isinstance(value, Duration | Round):
            yield from _nested(value, labels)
        case Expression():
            yield from () if value.source == _ALWAYS else (value.source,)
        case _:
            yield _single(name, value, labels)


def _single(name: str, value: object, labels: Labels) -> Value:
    match value:
        case bool():
            return YES if value else NO
        case Text():
            return value
        case Duration():
            return duration_text(value)
        case Round():
            return f"{value.rule} → {value.to}"
        case Decimal():
            return format(value, "f")
        case _:
            return labels.of(name, str(value)) or str(value)


def _nested(thing: BaseModel, labels: Labels) -> Iterator[Value]:
    """Its label, its one setting, or all that it says; nothing when it has citations, and so a place of its own."""
    label = getattr(thing, "label", None)
    if getattr(thing, "cite", None):
        return
    if isinstance(label, Text):
        yield label
        return
    if isinstance(thing, Warn):
        yield warning_text(thing)
        return
    settings = sorted(_settings(thing), key=lambda each: each[0] == "when")
    if len(settings) == 1:
        yield from _values(*settings[0], labels)
    elif settings:
        told = [(name, tuple(_values(name, value, labels))) for name, value in settings]
        yield Nested(
            names=tuple(value for name, values in told if name in _NAMING for value in values),
            details=tuple(
                Detail(caption=caption(name), values=values) for name, values in told if values and name not in _NAMING
            ),
        )
