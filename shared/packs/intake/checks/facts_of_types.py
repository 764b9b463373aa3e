"""Facts that belong to some case types: what other case types require, are given or have set can never be."""

from collections.abc import Iterable, Iterator

from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.types import Path, Placed


def type_errors(section: IntakeSection) -> Iterator[Placed]:
    """Facts that a case type requires, a step sets or a new case is given, and cases of that type do not have."""
    for i, case_type in enumerate(section.case_types):
        required = ((("case_types", i, "requires", j), name) for j, name in enumerate(case_type.requires))
        yield from _absent(section, required, (case_type.id,))
    for i, step in enumerate(section.steps):
        types = (step.becomes,) if step.becomes else section.types_meant(step.case_types)
        yield from _absent(section, _below(("steps", i, "set"), step.set), types)
        for j, item in enumerate(step.opens):
            yield from _absent(section, _below(("steps", i, "opens", j, "facts"), item.facts), (item.case_type,))
    for i, recurring in enumerate(section.recurring):
        yield from _absent(section, _below(("recurring", i, "facts"), recurring.facts), (recurring.case_type,))
    for i, rule in enumerate(section.samples):
        if rule.opens is not None:
            path: Path = ("samples", i, "opens", "facts")
            yield from _absent(section, _below(path, rule.opens.facts), (rule.opens.case_type,))


def _below(path: Path, names: Iterable[str]) -> Iterator[Placed]:
    return (((*path, name), name) for name in names)


def _absent(section: IntakeSection, facts: Iterable[Placed], case_types: Iterable[str]) -> Iterator[Placed]:
    known = frozenset(case_types) & frozenset(section.case_types_by_id)
    for path, name in facts:
        fact = section.facts_by_id.get(name)
        if fact is not None and fact.case_types and (without := sorted(known - frozenset(fact.case_types))):
            yield path, f"cases of type {', '.join(without)} have no {name}"
