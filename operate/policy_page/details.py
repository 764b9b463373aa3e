"""The settings of one element of a pack as a person reads them: conditions and formulas as they are written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pydantic import BaseModel

from operate.policy_page.labels import Labels
from operate.policy_page.words import CAPTIONS, NO, YES, duration_text
from shared.kernel.text import Text
from shared.packs.language.durations import Duration
from shared.packs.language.expression import Expression

Value = Text | str
"""What people read, or code as it is written in the pack."""

_ELSEWHERE: Final = frozenset({"id", "label", "cite", "message", "to_customer", "max_length", "shared", "personal"})
"""Settings that are shown in other places of the page, or tell a reader of the document nothing."""
_ALWAYS: Final = "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One setting with its values."""

    caption: Text
    values: tuple[Value, ...]


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
    for name, field in type(thing).model_fields.items():
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
        case BaseModel() if not isinstance(value, Duration):
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
        case Decimal():
            return format(value, "f")
        case _:
            return labels.of(name, str(value)) or str(value)


def _nested(thing: BaseModel, labels: Labels) -> Iterator[Value]:
    """What stands in a setting without citations of its own: its label, its one setting, or all that it says."""
    label = getattr(thing, "label", None)
    if getattr(thing, "cite", None):
        return
    if isinstance(label, Text):
        yield label
        return
    settings = list(_settings(thing))
    if len(settings) == 1:
        yield from _values(*settings[0], labels)
        return
    told = [part for name, value in settings if (part := _part(name, value, labels)) is not None]
    if told:
        yield Text(zh="；".join(part.zh for part in told), en="; ".join(part.en for part in told))


def _part(name: str, value: object, labels: Labels) -> Text | None:
    values = tuple(_values(name, value, labels))
    if not values:
        return None
    word = caption(name)
    return Text(
        zh=f"{word.zh} {'、'.join(_in(each, 'zh') for each in values)}",
        en=f"{word.en} {', '.join(_in(each, 'en') for each in values)}",
    )


def _in(value: Value, language: str) -> str:
    return value if isinstance(value, str) else value.zh if language == "zh" else value.en
