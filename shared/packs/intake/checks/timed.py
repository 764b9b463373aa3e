"""Recurring cases and retention: cases that cannot be opened, samples without a place, case types kept twice."""

from collections.abc import Iterator

from shared.packs.intake.model.links import INTERNAL
from shared.packs.intake.model.recurring import Recurring
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.types import Path, Placed


def recurring_errors(section: IntakeSection) -> Iterator[Placed]:
    """Cases that could never be opened, and draws that would go nowhere."""
    for i, item in enumerate(section.recurring):
        yield from (((*("recurring", i), *path), message) for path, message in _recurring_errors(section, item))


def _recurring_errors(section: IntakeSection, item: Recurring) -> Iterator[Placed]:
    case_type = section.case_types_by_id.get(item.case_type)
    given = {*item.facts, *([item.sample.into] if item.sample else [])}
    if case_type is not None:
        if INTERNAL not in case_type.channels:
            yield ("case_type",), f"{case_type.id} takes nothing through the channel {INTERNAL}"
        needed = {
            *case_type.requires,
            *(fact.id for fact in section.facts_of(case_type.id) if fact.enterable and fact.required),
        }
        yield from ((("facts",), f"{case_type.id} requires the fact {name}") for name in sorted(needed - given))
    if item.sample is not None:
        into = section.facts_by_id.get(item.sample.into)
        if into is not None and into.type != "list":
            yield ("sample", "into"), f"{into.id} is no list"
        if item.sample.into in item.facts:
            yield ("sample", "into"), f"{item.sample.into} is among the facts as well"
    for key, expression in (("when", item.when), *item.facts.items()):
        if expression is not None and any(variable[0] == "facts" for variable in expression.variables):
            path = ("when",) if key == "when" else ("facts", key)
            yield path, "there are no facts yet; use period and sample"


def retention_errors(section: IntakeSection) -> Iterator[Placed]:
    """Rules of which one never decides: both say the same of the same cases or files, whatever comes of the case."""
    cases: dict[tuple[bool, str], str] = {}
    for i, rule in enumerate(section.retention):
        for name in rule.case_types or tuple(section.case_types_by_id):
            place = (bool(rule.case_types), name)
            if rule.when is None and place in cases:
                yield (
                    ("retention", i, "case_types"),
                    f"{name} is kept by {cases[place]} already; name an outcome: `when`",
                )
            if rule.when is None:
                cases.setdefault(place, rule.id)
    files: dict[tuple[bool, bool, str, str], str] = {}
    for i, term in enumerate(section.evidence_retention):
        if term.when is not None:
            continue
        for kind in term.kinds or tuple(section.evidence_by_id):
            for name in term.case_types or tuple(section.case_types_by_id):
                at = (bool(term.kinds), bool(term.case_types), kind, name)
                if at in files:
                    path: Path = ("evidence_retention", i, "kinds")
                    yield path, f"{kind} of {name} is kept by {files[at]} already; name an outcome: `when`"
                files.setdefault(at, term.id)


def retention_warnings(section: IntakeSection) -> Iterator[Placed]:
    """Case types that no rule keeps, where the pack keeps others; times after files that no rule keeps."""
    kept = {name for rule in section.retention for name in section.types_meant(rule.case_types)}
    if section.retention:
        for i, case_type in enumerate(section.case_types):
            if case_type.id not in kept:
                yield ("case_types", i, "id"), f"no rule says how long {case_type.id} is kept, so it is never purged"
    for i, rule in enumerate(section.retention):
        of_files = {name for term in section.evidence_retention for name in section.types_meant(term.case_types)}
        if rule.after == "files" and of_files.isdisjoint(section.types_meant(rule.case_types)):
            yield ("retention", i, "after"), "no rule of `evidence_retention` is for files of these cases"
