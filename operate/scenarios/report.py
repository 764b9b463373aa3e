"""What is printed of a scenario that differs: where, what was expected, what came, and by which rule of the pack."""

from collections.abc import Iterator, Sequence
from typing import Final

from operate.scenarios.difference import Difference
from operate.scenarios.outcome import Outcome, StepResult
from shared.packs.publishing.cited_rules import CitedRule, cited_rules, rule_ids
from shared.packs.publishing.load import LoadedPack


def report(outcome: Outcome) -> list[str]:
    """The lines for every step that differs; none when nothing does."""
    return [line for step in outcome.steps if step.differences for line in _step(outcome, step)]


def _step(outcome: Outcome, step: StepResult) -> Iterator[str]:
    who = f", {step.by}" if step.by else ""
    yield (
        f"✗ {outcome.file}:{step.line}: step {step.number} of {len(outcome.scenario.steps)} "
        f"at {step.at}{who}: {step.title}"
    )
    if step.note:
        yield f"  {step.note}"
    for difference in step.differences:
        yield f"  {difference.where}"
        yield f"    expected  {difference.expected}"
        yield f"    came      {difference.came}"
    for line in _rules(outcome, step):
        yield f"  rule  {line}"


def _rules(outcome: Outcome, step: StepResult) -> list[str]:
    """Each rule in question once: of the elements that differ, then those the step names, else the scenario's."""
    carriers = cited_rules(outcome.pack.valid())
    found: dict[str, str] = {}
    for difference in step.differences:
        for rule in rule_ids(difference.cite) or _rules_at(difference.element, carriers):
            found.setdefault(rule, _line(rule, carriers, [difference], outcome.pack))
    named = step.rules or (() if found else tuple(rule for text in outcome.scenario.rules for rule in _ids(text)))
    for rule in named:
        found.setdefault(rule, _line(rule, carriers, step.differences, outcome.pack))
    return list(found.values())


def _ids(text: str) -> tuple[str, ...]:
    return rule_ids(text) or (text,)


def _rules_at(element: str, carriers: Sequence[CitedRule]) -> tuple[str, ...]:
    """The rules that an element of the pack cites; else those of the nearest element around it."""
    at = [carrier for carrier in carriers if carrier.where == element]
    around = [carrier for carrier in carriers if _is_inside(element, carrier.where)]
    nearest = max((len(carrier.where) for carrier in around), default=0)
    return tuple(carrier.rule for carrier in at or around if at or len(carrier.where) == nearest)


def _is_inside(element: str, outer: str) -> bool:
    return element.startswith((f"{outer}.", f"{outer}["))


def _line(rule: str, carriers: Sequence[CitedRule], differences: Sequence[Difference], pack: LoadedPack) -> str:
    """A rule as the pack has it: id, article, label, element, file and line of the element that carries it out."""
    own = [carrier for carrier in carriers if carrier.rule == rule]
    if not own:
        return f"{rule}  (the pack does not carry it out)"
    distance = {id(carrier): min((_distance(carrier, each) for each in differences), default=_FAR) for carrier in own}
    cited = min(own, key=lambda carrier: distance[id(carrier)])
    if len(own) > 1 and distance[id(cited)][0] == _UNRELATED:
        pack_name = pack.valid().pack.id
        return f"{rule} {cited.article}  ({len(own)} elements cite it: `redress policy show {pack_name}`)"
    file, line = pack.place(cited.section, cited.path)
    label = f"{cited.label} " if cited.label else ""
    return f"{rule} {cited.article}  {label}({cited.where}, {file}:{line})"


_UNRELATED: Final = 4
_FAR: Final = (_UNRELATED, 0, 0)


def _distance(carrier: CitedRule, difference: Difference) -> tuple[int, int, int]:
    """How far an element is from what differs: by the text it was refused with, by its place, then by its label."""
    unlabelled = 0 if carrier.label else 1
    if difference.text and difference.text in carrier.label:
        return 0, unlabelled, 0
    element = difference.element
    if element and carrier.where == element:
        return 1, unlabelled, 0
    if element and _is_inside(carrier.where, element):
        return 2, unlabelled, 0
    if element and _is_inside(element, carrier.where):
        return 3, -len(carrier.where), 0
    return _UNRELATED, unlabelled, 0
