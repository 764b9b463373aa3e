"""The document beside its execution: each passage with its rules, and what carries each of them out and proves it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from operate.policy_coverage import Coverage, Written
from operate.policy_page.elements import Element, element_of
from operate.policy_page.labels import Labels
from operate.policy_page.source_text import Passage
from shared.packs.documents import Sections
from shared.packs.pack.model import Gap
from shared.packs.publishing.cited_rules import cited_rules

_NUMBERS: Final = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOnPage:
    """One rule of the document: the places that citations give for it, what carries it out, proofs, open points."""

    id: str
    places: tuple[str, ...] = ()
    elements: tuple[Element, ...] = ()
    scenarios: tuple[Written, ...] = ()
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A passage of the document with its rules; `html` is None when the pack does not carry its words."""

    html: Markup | None
    place: str
    rules: tuple[RuleOnPage, ...]


def articles_of(
    sections: Sections, found: Coverage, *, source: Sequence[Passage], labels: Labels
) -> tuple[Article, ...]:
    """The passages in the document's order, then the rules that stand in none of them."""
    known = _rules(sections, found, labels=labels)
    articles = [_of_passage(passage, known) for passage in source]
    told = {rule for passage in source for rule in passage.rules}
    rest = sorted(sorted(known.keys() - told), key=in_order)
    return (*articles, *(Article(html=None, place="", rules=(known[rule],)) for rule in rest))


def in_order(rule: str) -> tuple[tuple[int, int | str], ...]:
    """Sorts rule ids as people count: `LS-2` before `LS-10`, `LS-3` before `LS-3a`."""
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in _NUMBERS.split(rule) if part)


def _of_passage(passage: Passage, known: Mapping[str, RuleOnPage]) -> Article:
    rules = tuple(known.get(rule) or RuleOnPage(id=rule) for rule in passage.rules)
    return Article(html=passage.html, place=passage.place, rules=rules)


def _rules(sections: Sections, found: Coverage, *, labels: Labels) -> dict[str, RuleOnPage]:
    """Every rule that the pack, a scenario or a gap names."""
    carried: dict[str, list[Element]] = {}
    places: dict[str, list[str]] = {}
    written = {(covered.rule, each.what): _near(each.place) for covered in found.rules for each in covered.carried}
    for cited in cited_rules(sections):
        element = element_of(cited, sections, labels=labels, place=written[cited.rule, cited.where])
        carried.setdefault(cited.rule, []).append(element)
        places.setdefault(cited.rule, []).append(cited.article)
    proved = {covered.rule: covered.proved for covered in found.rules}
    gaps = {
        rule: [gap for gap in sections.pack.gaps if rule in gap.rules]
        for gap in sections.pack.gaps
        for rule in gap.rules
    }
    return {
        rule: RuleOnPage(
            id=rule,
            places=tuple(dict.fromkeys(places.get(rule, ()))),
            elements=_by_kind(carried.get(rule, ())),
            scenarios=tuple(proved.get(rule, ())),
            gaps=tuple(gaps.get(rule, ())),
        )
        for rule in {*carried, *proved, *gaps}
    }


def _near(place: str) -> str:
    """A file of the pack as it is; of a pack that it extends, that pack's folder and the file."""
    return "/".join(place.split("/")[-2:])


def _by_kind(elements: Iterable[Element]) -> tuple[Element, ...]:
    """Elements of one kind beside each other, kinds in the order of the first of each."""
    grouped: dict[str, list[Element]] = {}
    for element in elements:
        grouped.setdefault(element.kind.en, []).append(element)
    return tuple(element for group in grouped.values() for element in group)
