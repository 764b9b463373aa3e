"""A step that was taken as its published contract."""

from services.intake.cases.announce import outgoing, shared_facts
from services.intake.documents.rules.document import Document
from services.intake.documents.rules.record import Record
from services.intake.entries.rules.values import Values, shared_values
from services.intake.workflow.rules.step import StepResult
from shared.contracts.envelope import ActorV1, TextV1
from shared.contracts.intake import CaseAdvancedV1, DocumentRefV1, RecordV1, WithdrawsV1
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.withdraws import Withdraws
from shared.platform.outbox.append import Outgoing


def announced(change: StepResult, *, section: IntakeSection) -> list[Outgoing]:
    """One event for one step."""
    case = change.case
    data = CaseAdvancedV1(
        case_id=case.case_id,
        number=case.number,
        customer_ref=case.customer_ref,
        order_ref=case.order_ref,
        case_type=case.case_type,
        previous_case_type=change.became_from,
        step=change.step.id,
        milestones=[reached.name for reached in change.reached],
        status=case.status,
        facts=shared_facts(case, section),
        details=dict(change.details),
        document=_document(change.document, section) if change.document else None,
        record=_record(change.record, section) if change.record else None,
        withdraws=[_withdraws(item, earlier_than=change.attempt.upon_remedy) for item in change.withdraws],
        owner=case.owner,
        first_responder=case.first_responder,
        actor=ActorV1.of(change.attempt.actor),
        at=change.at,
        cite=change.step.cite,
    )
    return [outgoing(case, data, at=change.attempt.now)]


def _withdraws(item: Withdraws, *, earlier_than: str | None) -> WithdrawsV1:
    return WithdrawsV1(
        remedies=None if item.remedies == "all" else list(item.remedies),
        earlier_than=earlier_than,
        label=TextV1(zh=item.label.zh, en=item.label.en),
        cite=item.cite,
    )


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
