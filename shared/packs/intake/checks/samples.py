"""Samples: draws without a number or without anything to be done, steps that the role cannot take."""

from collections.abc import Iterator

from shared.packs.intake.model.samples import Drawing, SampleRule
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.types import Placed


def drawing_errors(drawing: Drawing) -> Iterator[Placed]:
    """A draw of no stated number, and bounds that contradict each other."""
    if drawing.rate is None and drawing.least is None and drawing.each is None:
        yield (), "says not how many are drawn; write `rate`, `least` or `each`"
    if drawing.rate is None and drawing.most is not None:
        yield ("most",), "bounds what `rate` draws, and there is none; drop it"
    if drawing.least is not None and drawing.most is not None and drawing.least > drawing.most:
        yield ("most",), f"nothing is at least {drawing.least} and at most {drawing.most}"


def sample_errors(rule: SampleRule) -> Iterator[Placed]:
    """A sample with which nothing is done, or two things."""
    if (rule.opens is None) == (rule.step is None):
        yield (), "a drawn case is given to the role either as `opens` or as `step`"


def samples_errors(section: IntakeSection) -> Iterator[Placed]:
    """Steps that the role may not take, and names that a recurring case has."""
    for i, rule in enumerate(section.samples):
        if rule.id in section.recurring_by_id:
            yield ("samples", i, "id"), f"a recurring case is called {rule.id} already; give the sample another name"
        step = section.steps_by_id.get(rule.step) if rule.step is not None else None
        if step is None:
            continue
        if rule.by not in step.roles:
            yield ("samples", i, "by"), f"{rule.by} may not take {step.id}; add it to the step's `roles`"
        wanted = section.types_meant(rule.from_.case_types)
        if lacking := sorted(wanted - section.types_meant(step.case_types)):
            yield ("samples", i, "step"), f"{step.id} is no step of {', '.join(lacking)}"
        stand = rule.from_.statuses or tuple(section.statuses_by_id)
        if set(stand) <= section.statuses_by_id.keys() and not set(stand) & set(section.sources(step)):
            yield ("samples", i, "step"), f"{step.id} is never taken where the drawn cases stand; see its `from`"
