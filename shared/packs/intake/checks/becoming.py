"""Steps after which a case is of another type: what the new type asks for must be there, and its steps must lead on."""

from collections.abc import Iterator

from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.workflow import Branch, CaseType, Step
from shared.packs.language.types import Path, Placed


def becoming_errors(section: IntakeSection) -> Iterator[Placed]:
    """A change to the same type, or to one that the case cannot be of: its channel, its facts, its status."""
    for i, step in enumerate(section.steps):
        new = section.case_types_by_id.get(step.becomes or "")
        if new is None:
            continue
        path: Path = ("steps", i, "becomes")
        if not step.case_types:
            yield path, f"name in `case_types` the types that become {new.id}"
        elif new.id in step.case_types:
            yield path, f"a case of type {new.id} is {new.id} already; take it out of `case_types`"
        else:
            yield from ((path, fault) for fault in _faults(section, step, new))


def becoming_warnings(section: IntakeSection) -> Iterator[Placed]:
    """The customer sees the case until it becomes one that customers do not see."""
    for i, step in enumerate(section.steps):
        if step.becomes in section.case_types_by_id and not section.shows(step.becomes or ""):
            seen = [name for name in step.case_types if section.shows(name)]
            if seen:
                message = f"customers see cases of type {', '.join(seen)}, and not as {step.becomes}"
                yield ("steps", i, "becomes"), message


def _faults(section: IntakeSection, step: Step, new: CaseType) -> Iterator[str]:
    old_types = [found for name in step.case_types if (found := section.case_types_by_id.get(name)) is not None]
    for old in old_types:
        if lost := [name for name in old.channels if name not in new.channels]:
            came = f"a case of type {old.id} may have come in through {', '.join(lost)}"
            yield f"{came}; add it to the channels of {new.id}"
    for name in _needed(section, new):
        lacking = [old.id for old in old_types if not _has(section, old, name)]
        if lacking and name not in step.set:
            of = ", ".join(lacking)
            yield f"{new.id} requires {name}, which a case of type {of} may lack: ask for it as input and `set` it"
    for status in _statuses_after(section, step):
        if not _leads_on(section, status, new):
            yield f"no step for {new.id} can be taken in {status}; `goto` names a status of {new.id}"


def _needed(section: IntakeSection, case_type: CaseType) -> list[str]:
    """The facts without which no case of the type is registered."""
    always = (fact.id for fact in section.facts_of(case_type.id) if fact.enterable and fact.required)
    return list(dict.fromkeys((*case_type.requires, *always)))


def _has(section: IntakeSection, old: CaseType, name: str) -> bool:
    """Whether each case of the type has the fact from its registration on."""
    return name in _needed(section, old) and any(fact.id == name for fact in section.facts_of(old.id))


def _statuses_after(section: IntakeSection, step: Step) -> Iterator[str]:
    """Where the case may stand after the step: where it leads, and where it was taken unless it always leads on."""
    yield from step.targets()
    branches = step.goto if isinstance(step.goto, tuple) else ()
    if step.goto is None or (branches and not any(_always(branch) for branch in branches)):
        yield from section.sources(step)


def _always(branch: Branch) -> bool:
    return branch.when.source.strip() == "true"


def _leads_on(section: IntakeSection, status: str, case_type: CaseType) -> bool:
    """Whether a case of the type can be in the status; one that does not exist is reported as such."""
    found = section.statuses_by_id.get(status)
    if found is None or found.phase != "open":
        return True
    return any(
        status in section.sources(step)
        for step in section.steps
        if case_type.id in (step.case_types or (case_type.id,))
    )
