"""Every rule of a pack with the article it carries out: for reading a pack, and for knowing what it leaves out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from pydantic import BaseModel

from shared.kernel.text import Text
from shared.packs.documents import KEYS, Sections
from shared.packs.language.assignments import Assignment
from shared.packs.language.citations import citations
from shared.packs.language.types import Path

_RULE_ID: Final = re.compile(r"[A-Z][A-Z0-9]*-[A-Za-z0-9.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedRule:
    """One `cite` of a pack: the rule's id and article, and the thing that carries it out."""

    rule: str
    article: str
    section: str
    path: Path
    where: str
    """The path as people read it: `sla.clocks[departure].goals[in_province]`."""
    label: str


def rule_ids(text: str) -> tuple[str, ...]:
    """The rule ids in a text of people: `LG-35b, LG-35c`."""
    return tuple(_RULE_ID.findall(text))


def cited_rules(sections: Sections) -> list[CitedRule]:
    """All of them, in the order of their ids."""
    found = [rule for key in KEYS for rule in _cited(getattr(sections, key), _Place(section=key, where=key), label="")]
    return sorted(found, key=lambda rule: (rule.rule, rule.where))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    section: str
    path: Path = ()
    where: str

    def below(self, part: str | int, shown: str) -> "_Place":
        return replace(self, path=(*self.path, part), where=f"{self.where}{shown}")


def _cited(thing: object, place: _Place, *, label: str) -> Iterator[CitedRule]:
    match thing:
        case BaseModel():
            label = _label(thing) or label
            yield from _rules(thing, place, label=label)
            for name, field in type(thing).model_fields.items():
                key = field.alias or name
                yield from _cited(getattr(thing, name), place.below(key, f".{key}"), label=label)
        case Assignment():
            yield from _rules(thing, place, label=label)
        case tuple():
            for index, item in enumerate(thing):
                yield from _cited(item, place.below(index, f"[{getattr(item, 'id', index)}]"), label=label)
        case Mapping():
            for name, item in thing.items():
                yield from _cited(item, place.below(str(name), f".{name}"), label=label)
        case _:
            return


def _rules(thing: object, place: _Place, *, label: str) -> Iterator[CitedRule]:
    """One for each citation of an element."""
    for cite in citations(getattr(thing, "cite", None) or ""):
        rule, _, article = cite.partition(" ")
        yield CitedRule(
            rule=rule, article=article, section=place.section, path=place.path, where=place.where, label=label
        )


def _label(thing: BaseModel) -> str | None:
    for name in ("label", "message", "title"):
        text = getattr(thing, name, None)
        if isinstance(text, Text):
            return f"{text.zh} {text.en}"
    return None
