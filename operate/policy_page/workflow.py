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
    """One step: the statuses from which it is taken, those it leads to (none: the case stays where it is).

    After one that is `leaving` the case is of another type. One without sources is how cases of other types come here.
    """

    label: Text
    rules: tuple[str, ...]
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    is_taken_by_system: bool
    is_leaving: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """What can happen to a case of one type."""

    case_type: CaseType
    statuses: tuple[Status, ...]
    moves: tuple[Move, ...]


def workflow_of(intake: IntakeSection, case_type: CaseType) -> Workflow:
    """The workflow from the first status on: statuses by phase in the pack's order, steps in the pack's order."""
    steps = [step for step in intake.steps if case_type.id in (step.becomes, *(step.case_types or (case_type.id,)))]
    reached = _reached(intake, steps, case_type)
    statuses = [
        status for phase in PHASES for status in intake.statuses if status.phase == phase and status.id in reached
    ]
    order = [status.id for status in statuses]
    return Workflow(
        case_type=case_type,
        statuses=tuple(statuses),
        moves=tuple(
            _move(intake, step, order, case_type)
            for step in steps
            if step.becomes == case_type.id or reached & set(intake.sources(step))
        ),
    )


def _reached(intake: IntakeSection, steps: list[Step], case_type: CaseType) -> set[str]:
    entered = (_entered(intake, step) for step in steps if step.becomes == case_type.id)
    within = [step for step in steps if step.becomes is None]
    found, news = {case_type.initial}.union(*entered), True
    while news:
        targets = {target for step in within if found & set(intake.sources(step)) for target in step.targets()}
        news = not targets <= found
        found |= targets
    return found


def _entered(intake: IntakeSection, step: Step) -> set[str]:
    """Where a case stands after it became one of another type."""
    return set(step.targets() or intake.sources(step))


def _move(intake: IntakeSection, step: Step, order: list[str], case_type: CaseType) -> Move:
    is_entry = step.becomes == case_type.id
    is_leaving = step.becomes is not None and not is_entry
    sources = set() if is_entry else set(intake.sources(step))
    targets = _entered(intake, step) if is_entry else set() if is_leaving else set(step.targets())
    return Move(
        label=_label(intake, step, case_type),
        rules=tuple(dict.fromkeys(cite.partition(" ")[0] for cite in citations(step.cite))),
        sources=tuple(status for status in order if status in sources),
        targets=tuple(status for status in order if status in targets),
        is_taken_by_system=bool(step.on),
        is_leaving=is_leaving,
    )


def _label(intake: IntakeSection, step: Step, case_type: CaseType) -> Text:
    """With the types from which cases come, or the one that they become."""
    if step.becomes is None:
        return step.label
    types = step.case_types if step.becomes == case_type.id else (step.becomes,)
    labels = [intake.case_types_by_id[name].label for name in types]
    zh, en = "、".join(label.zh for label in labels), ", ".join(label.en for label in labels)
    if step.becomes == case_type.id:
        return Text(zh=f"{zh} → {step.label.zh}", en=f"{en} → {step.label.en}")
    return Text(zh=f"{step.label.zh} → {zh}", en=f"{step.label.en} → {en}")
