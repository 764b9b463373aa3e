"""Facts that belong to some case types: what other case types require, are given or have set can never be."""

from collections.abc import Iterable, Iterator

from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.types import Path, Placed


def type_errors(section: IntakeSection) -> Iterator[Placed]:
    """Facts that a case type requires, a step sets or a new case is given, and cases of that type do not have."""
    for i, case_type in enumerate(section.case_types):
        for j, name in enumerate(case_type.requires):
            yield from _absent(section, [name], (case_type.id,), ("case_types", i, "requires", j))
    for i, step in enumerate(section.steps):
        yield from _absent(section, step.set, section.types_meant(step.case_types), ("steps", i, "set"))
        for j, item in enumerate(step.opens):
            yield from _absent(section, item.facts, (item.case_type,), ("steps", i, "opens", j, "facts"))
    for i, recurring in enumerate(section.recurring):
        yield from _absent(section, recurring.facts, (recurring.case_type,), ("recurring", i, "facts"))


def _absent(section: IntakeSection, names: Iterable[str], case_types: Iterable[str], path: Path) -> Iterator[Placed]:
    for name in names:
        fact = section.facts_by_id.get(name)
        if fact is None or not fact.case_types:
            continue
        without = sorted(frozenset(case_types) & frozenset(section.case_types_by_id) - frozenset(fact.case_types))
        if without:
            yield (
                (*path, name) if path[-1] in {"set", "facts"} else path,
                f"cases of type {', '.join(without)} have no {name}",
            )
