"""Whether the steps that withdraw remedies can find any."""

from collections.abc import Iterator

from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.workflow import Step
from shared.packs.language.diagnostics import Diagnostic
from shared.packs.publishing.draft import Draft
from shared.packs.settlement.model.section import SettlementSection


def check_withdrawals(draft: Draft) -> Iterator[Diagnostic]:
    """An error for each step that withdraws remedies of a pack without any. A name is checked like any other."""
    intake, settlement = draft.part("intake", IntakeSection), draft.part("settlement", SettlementSection)
    if intake is None or settlement is None or settlement.remedies or "remedies" in draft.uncertain:
        return
    for i, step in enumerate(intake.steps):
        for j in _of_all(step):
            path = ("steps", i, "withdraws", j, "remedies")
            message = "the pack has no remedies, so no remedy can be open; take `withdraws` out"
            yield Diagnostic(severity="error", code="no_remedy", section="intake", path=path, message=message)


def _of_all(step: Step) -> Iterator[int]:
    return (j for j, item in enumerate(step.withdraws) if item.remedies == "all")
