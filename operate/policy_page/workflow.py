"""The workflow of one case type: the statuses that its cases can have and the steps between them."""

from dataclasses import dataclass
from typing import Literal

from shared.kernel.text import Text
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.workflow import CaseType, Status, Step
from shared.packs.language.citations import citations

Phase = Literal["open", "closed", "archived"]
PHASES: tuple[Phase, ...] = ("open", "closed", "archived")


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One step: the statuses from which it is taken, those it leads to (none: the case stays where it is)."""

    label: Text
    rules: tuple[str, ...]
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    is_taken_by_system: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """What can happen to a case of one type."""

    case_type: CaseType
    statuses: tuple[Status, ...]
    moves: tuple[Move, ...]


def workflow_of(intake: IntakeSection, case_type: CaseType) -> Workflow:
    """The workflow from the first status on: statuses by phase in the pack's order, steps in the pack's order."""
    steps = [step for step in intake.steps if not step.case_types or case_type.id in step.case_types]
    reached = _reached(intake, steps, initial=case_type.initial)
    statuses = [
        status for phase in PHASES for status in intake.statuses if status.phase == phase and status.id in reached
    ]
    order = [status.id for status in statuses]
    return Workflow(
        case_type=case_type,
        statuses=tuple(statuses),
        moves=tuple(_move(intake, step, order) for step in steps if reached & set(intake.sources(step))),
    )


def _reached(intake: IntakeSection, steps: list[Step], *, initial: str) -> set[str]:
    found, news = {initial}, True
    while news:
        targets = {target for step in steps if found & set(intake.sources(step)) for target in step.targets()}
        news = not targets <= found
        found |= targets
    return found


def _move(intake: IntakeSection, step: Step, order: list[str]) -> Move:
    sources, targets = set(intake.sources(step)), set(step.targets())
    return Move(
        label=step.label,
        rules=tuple(dict.fromkeys(cite.partition(" ")[0] for cite in citations(step.cite))),
        sources=tuple(status for status in order if status in sources),
        targets=tuple(status for status in order if status in targets),
        is_taken_by_system=bool(step.on),
    )
