"""What happened to a case → published contracts, into the outbox. The only place that knows both."""

from collections.abc import Sequence
from datetime import datetime

from services.intake.cases.rules.case import Case
from services.intake.cases.rules.party import Party
from services.intake.documents.rules.document import Document
from services.intake.documents.rules.record import Record
from services.intake.entries.rules.values import Value, Values, shared_values
from services.intake.evidence.rules import Evidence
from services.intake.links.rules import Linked
from services.intake.retention.rules import Certificate
from services.intake.workflow.rules.step import Taken
from shared.contracts.envelope import ActorV1, Contract
from shared.contracts.intake import (
    CaseAdvancedV1,
    CasePurgedV1,
    CaseRegisteredV1,
    DocumentRefV1,
    EvidenceAddedV1,
    ParentRefV1,
    PartyRecordedV1,
    PolicyRefV1,
    RecordV1,
)
from shared.kernel.actor import Actor
from shared.packs.intake.model.section import IntakeSection
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import Outgoing, append


async def registered(
    tx: Transaction,
    case: Case,
    *,
    parties: Sequence[Party],
    section: IntakeSection,
    actor: Actor,
    parent: Linked | None = None,
) -> None:
    """The parties first, so that who must be told can be reached when the case is announced."""
    events = [_outgoing(case, "party", party.party_id, 1, _party(case, party)) for party in parties]
    data = _registered(case, section, actor=actor, parent=parent)
    await append(tx, [*events, _outgoing(case, "case", case.case_id, case.version, data)])


async def advanced(tx: Transaction, taken: Taken, *, section: IntakeSection) -> None:
    """A step was taken."""
    case = taken.case
    data = CaseAdvancedV1(
        case_id=case.case_id,
        number=case.number,
        case_type=case.case_type,
        step=taken.step.id,
        milestones=[reached.name for reached in taken.reached],
        status=case.status,
        facts=_shared_facts(case, section),
        details=dict(taken.details),
        document=_document(taken.document, section) if taken.document else None,
        record=_record(taken.record, section) if taken.record else None,
        owner=case.owner,
        first_responder=case.first_responder,
        actor=_actor(taken.attempt.actor),
        at=taken.at,
        cite=taken.step.cite,
    )
    await append(tx, [_outgoing(case, "case", case.case_id, case.version, data, at=taken.attempt.now)])


async def evidence_added(tx: Transaction, case: Case, evidence: Evidence, *, actor: Actor) -> None:
    """A file was stored."""
    data = EvidenceAddedV1(
        case_id=case.case_id,
        evidence_id=evidence.evidence_id,
        kind=evidence.kind,
        media_type=evidence.media_type,
        size=evidence.size,
        sha256=evidence.sha256,
        actor=_actor(actor),
    )
    await append(tx, [_outgoing(case, "evidence", evidence.evidence_id, 1, data, at=evidence.added_at)])


async def purged(tx: Transaction, case: Case, certificate: Certificate) -> None:
    """The case's contents were erased."""
    data = CasePurgedV1(
        case_id=case.case_id,
        number=case.number,
        case_type=case.case_type,
        rule=certificate.rule.id,
        certificate=certificate.number,
        sha256=certificate.sha256,
        actor=_actor(certificate.purged_by),
        at=certificate.purged_at,
        cite=certificate.rule.cite,
    )
    await append(tx, [_outgoing(case, "case", case.case_id, case.version, data, at=certificate.purged_at)])


def _outgoing(
    case: Case, aggregate: str, aggregate_id: str, version: int, data: Contract, *, at: datetime | None = None
) -> Outgoing:
    return Outgoing(
        org=case.org,
        key=case.case_id,
        aggregate=aggregate,
        aggregate_id=aggregate_id,
        version=version,
        occurred_at=at or case.registered_at,
        data=data,
    )


def _party(case: Case, party: Party) -> PartyRecordedV1:
    return PartyRecordedV1(
        case_id=case.case_id,
        role=party.role,
        name=party.name,
        email=party.email,
        phone=party.phone,
        locale=party.locale,
    )


def _registered(case: Case, section: IntakeSection, *, actor: Actor, parent: Linked | None) -> CaseRegisteredV1:
    return CaseRegisteredV1(
        case_id=case.case_id,
        number=case.number,
        case_type=case.case_type,
        channel=case.channel,
        status=case.status,
        policy=PolicyRefV1(pack=case.pack, version=case.pack_version),
        received_at=case.received_at,
        first_responder=case.first_responder,
        owner=case.owner,
        customer_ref=case.customer_ref,
        facts=_shared_facts(case, section),
        actor=_actor(actor),
        parent=_parent(parent) if parent else None,
    )


def _parent(parent: Linked) -> ParentRefV1:
    return ParentRefV1(case_id=parent.case_id, number=parent.number, relation=parent.relation)


def _shared_facts(case: Case, section: IntakeSection) -> dict[str, Value]:
    return {name: value for name, value in case.facts.items() if section.facts_by_id[name].shared}


def _document(document: Document, section: IntakeSection) -> DocumentRefV1:
    template = section.documents_by_id[document.template]
    shared = {field.id for field in template.fields if field.shared}
    return DocumentRefV1(
        document_id=document.document_id,
        template=document.template,
        number=document.number,
        state=document.state,
        fields={name: value for name, value in document.fields.items() if name in shared},
        signed_by=document.signed_by,
        recipients=list(template.recipients),
        sha256=document.sha256,
    )


def _record(record: Record, section: IntakeSection) -> RecordV1:
    values: Values = record.fields
    return RecordV1(
        record_id=record.record_id,
        kind=record.kind,
        fields=shared_values(section.records_by_id[record.kind].fields, values),
    )


def _actor(actor: Actor) -> ActorV1:
    return ActorV1(subject=actor.subject, roles=sorted(actor.roles))
