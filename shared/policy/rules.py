"""Every rule of a pack with the article it carries out: for reading a pack, and for knowing what it leaves out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from shared.policy.documents import KEYS, Sections
from shared.policy.section import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedRule:
    """One `cite` of a pack: the rule's id and article, and the thing that carries it out."""

    rule: str
    article: str
    where: str
    label: str


def cited_rules(sections: Sections) -> list[CitedRule]:
    """All of them, in the order of their ids."""
    found = [rule for key in KEYS for rule in _cited(getattr(sections, key), key, label="")]
    return sorted(found, key=lambda rule: (rule.rule, rule.where))


def _cited(thing: object, where: str, *, label: str) -> Iterator[CitedRule]:
    match thing:
        case BaseModel():
            label = _label(thing) or label
            cite = getattr(thing, "cite", None)
            if isinstance(cite, str):
                rule, _, article = cite.partition(" ")
                yield CitedRule(rule=rule, article=article, where=where, label=label)
            for name in type(thing).model_fields:
                yield from _cited(getattr(thing, name), f"{where}.{name.rstrip('_')}", label=label)
        case tuple():
            for index, item in enumerate(thing):
                yield from _cited(item, f"{where}[{getattr(item, 'id', index)}]", label=label)
        case Mapping():
            for name, item in thing.items():
                yield from _cited(item, f"{where}.{name}", label=label)
        case _:
            return


def _label(thing: BaseModel) -> str | None:
    for name in ("label", "message", "title"):
        text = getattr(thing, name, None)
        if isinstance(text, Text):
            return f"{text.zh} {text.en}"
    return None
