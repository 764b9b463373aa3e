"""What a step does, once it is permitted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from services.intake.balances.rules.balance import Booking
from services.intake.balances.rules.booking import bookings
from services.intake.cases.rules.case import Case, Reached, advance, change_type
from services.intake.cases.rules.classification import classified
from services.intake.consulted.rules import seen_as
from services.intake.documents.rules.document import Document, corrected, drafted, finalised, issued, signed, superseded
from services.intake.documents.rules.record import Record
from services.intake.dossier.rules.archive import ArchiveIndex, index_of
from services.intake.dossier.rules.dossier import Dossier, context
from services.intake.entries.rules.errors import InputRefused
from services.intake.entries.rules.evaluation import cited, holds, value
from services.intake.entries.rules.values import Value, Values, computed, shared_values
from services.intake.links.rules import Linked, Opening, openings
from services.intake.visits.rules import Visit, visit_after
from services.intake.workflow.rules.becoming import as_type, facts_as, facts_left
from services.intake.workflow.rules.permit import Attempt, Permit
from shared.kernel.instants import instant_text
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.withdraws import Withdraws
from shared.packs.intake.model.workflow import DocumentTemplate, OwnerFrom, Step
from shared.packs.language.values import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Ids:
    """New ids for what a step may create."""

    document: str
    record: str
    visit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What a step did."""

    step: Step
    case: Case
    reached: tuple[Reached, ...]
    details: Mapping[str, Value]
    """Of what was entered, that which other services may know."""
    input: Mapping[str, Value]
    """All that was entered, for the case's own history."""
    attempt: Attempt
    at: datetime
    document: Document | None = None
    superseded: Document | None = None
    record: Record | None = None
    visit: Visit | None = None
    archive: ArchiveIndex | None = None
    booked: tuple[Booking, ...] = ()
    became_from: str | None = None
    """The type that the case had before, where the step changed it."""
    facts_left: Mapping[str, Value] = field(default_factory=dict)
    """What was known of the case as one of that type and is not known of the new one; for its own history."""
    opened: tuple[Opening, ...] = ()
    withdraws: tuple[Withdraws, ...] = ()
    """What it ends of the remedies that settlement keeps."""
    linked: tuple[Linked, ...] = ()
    """The cases that it opened, once they are registered."""


def needs_number(permitted: Permit, dossier: Dossier) -> bool:
    """Whether the step starts a paper that has no number yet."""
    effect = permitted.step.document
    if effect is None or effect.action not in {"draft", "issue"}:
        return False
    return not any(document.template == effect.template for document in dossier.documents)


def take(permitted: Permit, dossier: Dossier, section: IntakeSection, *, ids: Ids, number: str | None) -> StepResult:
    """What the step does: facts, type, visit, record, paper, status, milestones, owner, archive, linked cases.

    Raises RuleFailed, BalanceExceeded, and what refuses its paper, its facts, a case of the new type or the number of
    its linked cases.
    """
    with cited(permitted.step.cite):
        return _taken(permitted, dossier, section, ids=ids, number=number)


def _taken(permitted: Permit, dossier: Dossier, section: IntakeSection, *, ids: Ids, number: str | None) -> StepResult:
    step, attempt, before = permitted.step, permitted.attempt, dossier.case
    facts = _facts(permitted, dossier, section)
    dossier = as_type(dossier, step.becomes)
    seen = _seen(permitted, dossier, section, facts=facts)
    reached = _reached(step, seen, permitted.at)
    case = advance(
        change_type(before, step.becomes, step=step.id, at=permitted.at) if step.becomes else before,
        status=_status(step, seen, before.status),
        facts=facts,
        owner=_owner(step, permitted.input, seen, before.owner),
        reached=reached,
        at=permitted.at,
    )
    taking = _StepInProgress(permitted=permitted, dossier=dossier, section=section, seen=seen, ids=ids, number=number)
    document, replaced = _document(taking)
    return StepResult(
        step=step,
        case=case,
        reached=reached,
        details=shared_values(section.fields_of(step), permitted.input),
        input={name: entered for name, entered in permitted.input.items() if entered is not None},
        attempt=attempt,
        at=permitted.at,
        document=document,
        superseded=replaced,
        record=_record(taking),
        visit=_visit(taking),
        archive=index_of(dossier, at=permitted.at) if step.archive else None,
        booked=bookings(step.books, permitted.consulted.balances, seen=seen, at=permitted.at),
        became_from=before.case_type if step.becomes else None,
        facts_left=facts_left(before.facts, facts) if step.becomes else {},
        opened=openings(step, section, links=dossier.links, seen=seen),
        withdraws=tuple(_withdraws(step, seen)),
    )


def _seen(permitted: Permit, dossier: Dossier, section: IntakeSection, *, facts: Values) -> dict[str, object]:
    """What expressions see from the facts of the step on."""
    attempt = permitted.attempt
    seen = context(dossier, section, actor=attempt.actor, now=attempt.now, facts=facts)
    return seen | {"input": permitted.input, "at": instant_text(permitted.at), **seen_as(permitted.consulted)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _StepInProgress:
    """A step while it is taken; `seen` has the facts that it sets."""

    permitted: Permit
    dossier: Dossier
    section: IntakeSection
    seen: Mapping[str, object]
    ids: Ids
    number: str | None


def _facts(permitted: Permit, dossier: Dossier, section: IntakeSection) -> Mapping[str, Value]:
    facts = dict(dossier.case.facts)
    for name, assigned in permitted.step.set.items():
        with cited(assigned.cite or permitted.step.cite):
            facts[name] = computed(section.facts_by_id[name], value(assigned, permitted.context))
    step, of = permitted.step, dossier.case.case_type
    if step.becomes:
        new = section.case_types_by_id[step.becomes]
        seen = _seen(permitted, as_type(dossier, new.id), section, facts=facts)
        return facts_as(section, new, facts, of=of, seen=seen, cite=step.cite)
    return classified(section, of, facts=facts, context=permitted.context) if step.classify else facts


def _status(step: Step, seen: Mapping[str, object], present: str) -> str:
    if step.goto is None:
        return present
    if isinstance(step.goto, str):
        return step.goto
    return next((branch.status for branch in step.goto if holds(branch.when, seen)), present)


def _reached(step: Step, seen: Mapping[str, object], at: datetime) -> tuple[Reached, ...]:
    reached: list[Reached] = []
    for milestone in step.milestones:
        if isinstance(milestone, str):
            reached.append(Reached(name=milestone, at=at, step=step.id, cite=step.cite))
        elif holds(milestone.when, seen):
            reached.append(Reached(name=milestone.name, at=at, step=step.id, cite=milestone.cite or step.cite))
    return tuple(reached)


def _owner(step: Step, values: Mapping[str, Value], seen: Mapping[str, object], present: str) -> str:
    match step.owner:
        case None:
            return present
        case str():
            return step.owner
        case OwnerFrom():
            return str(values[step.owner.input] or present)
        case rows:
            return next((row.owner for row in rows if holds(row.when, seen)), present)


def _withdraws(step: Step, seen: Mapping[str, object]) -> Iterator[Withdraws]:
    for item in step.withdraws:
        with cited(item.cite):
            if holds(item.when, seen):
                yield item


def _record(taking: _StepInProgress) -> Record | None:
    permitted = taking.permitted
    if permitted.step.record is None:
        return None
    kind = taking.section.records_by_id[permitted.step.record]
    return Record(
        record_id=taking.ids.record,
        kind=kind.id,
        fields={field.id: permitted.input[field.id] for field in kind.fields},
        at=permitted.at,
        recorded_by=permitted.attempt.actor.subject,
    )


def _visit(taking: _StepInProgress) -> Visit | None:
    permitted = taking.permitted
    if permitted.step.visit is None:
        return None
    return visit_after(
        taking.dossier.latest_visit,
        action=permitted.step.visit,
        visit_id=taking.ids.visit,
        entered=permitted.input,
        at=permitted.at,
    )


def _document(taking: _StepInProgress) -> tuple[Document | None, Document | None]:
    """The new version of the step's paper and the one it supersedes."""
    effect = taking.permitted.step.document
    if effect is None:
        return None, None
    template, live = taking.section.documents_by_id[effect.template], taking.dossier.live(effect.template)
    values, at = taking.permitted.input, taking.permitted.at
    match effect.action:
        case "sign":
            party, signer, actor = _named(values, "party"), _named(values, "signer"), taking.permitted.attempt.actor
            return signed(template, live, party=party, signer=signer, actor=actor, at=at), None
        case "finalise":
            return finalised(template, live, at=at), None
        case _:
            return _written(taking, effect.action, template, live), superseded(live) if live else None


def _written(
    taking: _StepInProgress,
    action: Literal["draft", "issue", "correct"],
    template: DocumentTemplate,
    live: Document | None,
) -> Document:
    fields = {field.id: plain(value(field.value, taking.seen)) for field in template.fields}
    at, document_id = taking.permitted.at, taking.ids.document
    if action == "correct":
        reason = _named(taking.permitted.input, "reason")
        return corrected(template, live, document_id=document_id, fields=fields, reason=reason, at=at)
    known = (document.number for document in taking.dossier.documents if document.template == template.id)
    number = taking.number or next(known, "")
    make = drafted if action == "draft" else issued
    return make(template, live, document_id=document_id, number=number, fields=fields, at=at)


def _named(values: Mapping[str, Value], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str):
        raise InputRefused(code="input_missing", fields={name: "missing"})
    return value
