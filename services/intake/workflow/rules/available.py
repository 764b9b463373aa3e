"""What may be done next, by whom, and the refusal that would come where it may not.

Judged exactly as the step itself would be, except for gates that read the input, which is not there yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.intake.dossier.rules.dossier import Dossier
from services.intake.entries.rules import gates
from services.intake.entries.rules.values import Context
from services.intake.workflow.rules.permit import require_another_person, require_role, require_things
from shared.kernel.actor import Actor
from shared.kernel.errors import ServiceError
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.workflow import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A step that the present status allows; `refusal` is None when it may be tried now."""

    step: Step
    refusal: ServiceError | None


def next_steps(dossier: Dossier, section: IntakeSection, *, actor: Actor, seen: Context) -> Iterator[Offer]:
    """Every step of the case's type that can be taken from where it stands, in the pack's order."""
    if dossier.case.is_purged:
        return
    for step in section.steps:
        if step.case_types and dossier.case.case_type not in step.case_types:
            continue
        if dossier.case.status in section.sources(step):
            yield Offer(step=step, refusal=_refusal(step, dossier, section, actor=actor, seen=seen))


def _refusal(
    step: Step, dossier: Dossier, section: IntakeSection, *, actor: Actor, seen: Context
) -> ServiceError | None:
    try:
        require_role(step, actor)
        require_another_person(step, dossier, actor)
        gates.require(gates.foreseeable(section.gates_of(step)), context=seen, as_of=dossier.as_of)
        require_things(section, step, dossier)
    except ServiceError as refusal:
        return refusal
    return None
