"""Whether a step may be taken, in a fixed order of checks.

Order: the step exists (404), the role and the person may (403), the case is in a status that permits it (409), the
stated instant is plausible and the input complete (422), the gates hold (409), the paper, the visit and the remedies
are in the right state (409).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.intake.cases.rules.case import Case, trusted_instant
from services.intake.cases.rules.errors import CaseArchived, CasePurged, RoleForbidden
from services.intake.consulted.rules import Consulted, nothing, seen_as
from services.intake.documents.rules.document import admit_document
from services.intake.dossier.rules.dossier import Dossier, context
from services.intake.entries.rules import gates
from services.intake.entries.rules.values import Value, entered, taken
from services.intake.visits.rules import VisitForbids, admit_visit
from services.intake.workflow.rules.becoming import require_decided
from services.intake.workflow.rules.errors import EvidenceNotOfCase, StepOutOfOrder, StepUnknown, TakenBySamePerson
from shared.kernel.actor import Actor
from shared.kernel.instants import instant_text
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.workflow import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Who wants to take a step, with what, and when it is said to have happened."""

    step: str
    input: Mapping[str, object]
    actor: Actor
    now: datetime
    stated_at: datetime | None = None
    evidence: tuple[str, ...] = ()
    upon_remedy: str | None = None
    """The remedy upon whose event the system takes it; of another step None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """A step that may be taken, when it happened, its checked input, and what expressions see."""

    step: Step
    attempt: Attempt
    at: datetime
    input: Mapping[str, Value]
    context: Mapping[str, object]
    consulted: Consulted


def find(section: IntakeSection, step_id: str, *, case_type: str) -> Step:
    """The pack's step for this type of case. Raises StepUnknown."""
    step = section.steps_by_id.get(step_id)
    if step is None or (step.case_types and case_type not in step.case_types):
        known = (each.id for each in section.steps if not each.case_types or case_type in each.case_types)
        raise StepUnknown(fields={"allowed": list(known)})
    return step


def require_role(step: Step, actor: Actor) -> None:
    """Raise RoleForbidden unless the actor holds a role of the step; the system may react."""
    if not actor.is_system and actor.roles.isdisjoint(step.roles):
        raise RoleForbidden(cite=step.cite, fields={"roles": list(step.roles)})


def require_another_person(step: Step, dossier: Dossier, actor: Actor) -> None:
    """Raise TakenBySamePerson where the pack keeps the actor from this step because of one that the actor took."""
    if actor.is_system:
        return
    for earlier in step.not_by_who:
        if actor.subject in dossier.taken_by.get(earlier, frozenset()):
            raise TakenBySamePerson(cite=step.cite, fields={"step": earlier})


def require_status(section: IntakeSection, step: Step, case: Case) -> None:
    """Raise StepOutOfOrder (CaseArchived at the very end) unless the step may be taken from here."""
    sources = section.sources(step)
    if case.status in sources:
        return
    if section.statuses_by_id[case.status].phase == "archived":
        raise CaseArchived(cite=step.cite, fields={"status": case.status})
    raise StepOutOfOrder(cite=step.cite, fields={"status": case.status, "allowed_from": list(sources)})


def require_things(section: IntakeSection, step: Step, dossier: Dossier) -> None:
    """Raise unless the visit, the paper and the remedies of the case are in the state that the step needs."""
    if step.visit:
        try:
            admit_visit(dossier.latest_visit, action=step.visit)
        except VisitForbids as refusal:
            raise refusal.citing(step.cite) from None
    if step.document:
        template = section.documents_by_id[step.document.template]
        admit_document(template, dossier.live(template.id), action=step.document.action)
    if step.becomes:
        require_decided(dossier, cite=step.cite)


def require_evidence(dossier: Dossier, named: Sequence[str], *, cite: str) -> None:
    """Raise EvidenceNotOfCase unless the case has every file that the step names."""
    unknown = sorted(set(named) - {each.evidence_id for each in dossier.evidence})
    if unknown:
        raise EvidenceNotOfCase(cite=cite, fields={"unknown": unknown})


def admit(dossier: Dossier, section: IntakeSection, attempt: Attempt) -> tuple[Step, datetime]:
    """The step, and when it happened, once nothing refuses it but its input and the pack's rules over the case.

    Raises the first refusal in the fixed order.
    """
    step = find(section, attempt.step, case_type=dossier.case.case_type)
    require_role(step, attempt.actor)
    require_another_person(step, dossier, attempt.actor)
    if dossier.case.is_purged:
        raise CasePurged(cite=step.cite)
    require_status(section, step, dossier.case)
    return step, trusted_instant(dossier.case, attempt.stated_at, now=attempt.now, trust=section.trust)


def seen_by_keys(dossier: Dossier, section: IntakeSection, attempt: Attempt) -> dict[str, object]:
    """What keys of standing facts and balances see: the case before the step, and the input before it is judged.

    Raises the first refusal of `admit`.
    """
    step, at = admit(dossier, section, attempt)
    stated = {field.id: taken(field, attempt.input.get(field.id)) for field in section.fields_of(step)}
    seen = context(dossier, section, actor=attempt.actor, now=attempt.now)
    return {**seen, "at": instant_text(at), "input": stated}


def permit(dossier: Dossier, section: IntakeSection, attempt: Attempt, *, consulted: Consulted | None = None) -> Permit:
    """Check everything that can refuse the step, with what was `consulted` of other records.

    Raises the first refusal in the fixed order.
    """
    step, at = admit(dossier, section, attempt)
    seen = context(dossier, section, actor=attempt.actor, now=attempt.now)
    consulted = consulted or nothing(attempt.now)
    seen |= {"at": instant_text(at), **seen_as(consulted)}
    values = entered(section.fields_of(step), attempt.input, context=seen, cite=step.cite)
    seen["input"] = values
    require_evidence(dossier, attempt.evidence, cite=step.cite)
    gates.require(section.gates_of(step), context=seen, as_of=dossier.as_of)
    require_things(section, step, dossier)
    return Permit(step=step, attempt=attempt, at=at, input=values, context=seen, consulted=consulted)
