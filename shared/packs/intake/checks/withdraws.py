"""Steps that withdraw remedies: rows that never count, and steps that are refused while a remedy is offered."""

from collections.abc import Iterator

from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.workflow import Step
from shared.packs.language.types import Placed


def withdraws_errors(step: Step) -> Iterator[Placed]:
    """Remedies of a row that an earlier row, which always counts, has withdrawn already."""
    done: set[str] = set()
    for j, item in enumerate(step.withdraws):
        names = {"all"} if item.remedies == "all" else set(item.remedies)
        if "all" in done or names <= done:
            yield ("withdraws", j, "remedies"), "a row above withdraws these already; take one of the two out"
        elif item.remedies != "all" and len(names) < len(item.remedies):
            yield ("withdraws", j, "remedies"), "a remedy stands twice in the row"
        if item.when is None:
            done |= names


def withdraws_warnings(section: IntakeSection) -> Iterator[Placed]:
    """A step that changes the type is refused while a remedy is offered or agreed: it finds quotes alone."""
    for i, step in enumerate(section.steps):
        if step.withdraws and step.becomes is not None:
            message = "the step `becomes` another type, so it is refused while a remedy is offered or agreed: "
            yield ("steps", i, "withdraws"), f"{message}withdraw them in a step of its own before"
