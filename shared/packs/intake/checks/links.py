"""Links: relations that no step opens, cases that cannot be opened, reactions that no event causes."""

from collections.abc import Iterator

from shared.contracts import intake as contracts
from shared.contracts.catalogue import BY_NAME
from shared.packs.intake.model.links import INTERNAL, PARENT, Opens
from shared.packs.intake.model.samples import SampleOpens
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.workflow import Reaction, Step
from shared.packs.language.types import Path, Placed

_REGISTERED = contracts.CaseRegisteredV1.milestone()


def link_errors(section: IntakeSection) -> Iterator[Placed]:
    """Relations that no step opens, cases that cannot be opened, reactions that no linked case causes."""
    for i, step in enumerate(section.steps):
        for j, item in enumerate(step.opens):
            yield from _errors_of_opening(section, item, ("steps", i, "opens", j))
        for j, reaction in enumerate(step.on):
            if reaction.relation not in {None, PARENT, *section.relations}:
                yield ("steps", i, "on", j, "relation"), f"no step opens a case as {reaction.relation}"
            elif reaction.relation is not None and not _comes(section, step, reaction):
                path: Path = ("steps", i, "on", j, "event")
                yield path, f"no case that is the {reaction.relation} here reaches {reaction.event}"
    for i, rule in enumerate(section.samples):
        if rule.opens is not None:
            yield from _errors_of_opening(section, rule.opens, ("samples", i, "opens"))


def _errors_of_opening(section: IntakeSection, item: Opens | SampleOpens, path: Path) -> Iterator[Placed]:
    if item.relation == PARENT:
        yield (*path, "relation"), f"{PARENT} is what the linked case calls the one that opened it"
    case_type = section.case_types_by_id.get(item.case_type)
    if case_type is None:
        return
    if INTERNAL not in case_type.channels:
        yield (*path, "case_type"), f"the channels of {case_type.id} must name {INTERNAL}"
    needed = {*case_type.requires, *(field.id for field in section.facts if field.required)}
    missing = ", ".join(sorted(needed - set(item.facts)))
    if missing:
        yield (*path, "facts"), f"a case of type {case_type.id} is opened with {missing}"


def _comes(section: IntakeSection, step: Step, reaction: Reaction) -> bool:
    """Whether a case at the other end can reach the event; an event that does not exist is reported elsewhere."""
    types = _types_at_the_other_end(section, step, reaction.relation)
    if reaction.event == _REGISTERED:
        return reaction.relation != PARENT
    reaching = [other for other in section.steps if reaction.event in other.reached()]
    if reaction.event in BY_NAME or not reaching:
        return bool(types)
    return any(types & section.types_meant(other.case_types) for other in reaching)


def _types_at_the_other_end(section: IntakeSection, step: Step, relation: str | None) -> set[str]:
    if relation != PARENT:
        linked = (section.types_meant([each.case_type]) for each in section.openings if each.relation == relation)
        return {case_type for types in linked for case_type in types}
    here = section.types_meant(step.case_types)
    openers = (each for each in section.openings if here & section.types_meant([each.case_type]))
    return {case_type for each in openers for case_type in each.openers}
