"""Events about cases: registered and advanced by intake, and who acted on them at intake and sla."""

from typing import Any, Final

from services.settlement.cases.rules import Case, Document
from services.settlement.cases.use_cases.advance_case import AdvanceCase, advance_case
from services.settlement.cases.use_cases.correct_case import CorrectCase, correct_case
from services.settlement.cases.use_cases.record_touch import RecordTouch, record_touch
from services.settlement.cases.use_cases.register_case import RegisterCase, register_case
from shared.contracts.catalogue import EVENTS
from shared.contracts.envelope import Contract, Envelope
from shared.contracts.intake import CaseAdvancedV1, CaseCorrectedV1, CaseRegisteredV1, DocumentRefV1
from shared.kernel.ids import CaseId
from shared.platform.db.transaction import Transaction
from shared.platform.worker import Handlers


async def on_registered(tx: Transaction, event: Envelope[CaseRegisteredV1]) -> None:
    """Store the case with the policy version that it is pinned to."""
    data = event.data
    case = Case(
        org=event.org,
        case_id=CaseId(data.case_id),
        number=data.number,
        case_type=data.case_type,
        customer_ref=data.customer_ref,
        pack=data.policy.pack,
        policy_version=data.policy.version,
        order_ref=data.order_ref,
        facts=data.facts,
        milestones=(data.milestone(),),
    )
    cmd = RegisterCase(org=event.org, case=case, subjects=(data.actor.subject, data.first_responder))
    await register_case(tx, cmd, now=event.occurred_at)


async def on_advanced(tx: Transaction, event: Envelope[CaseAdvancedV1]) -> None:
    """Update the case by the step that was taken."""
    data = event.data
    cmd = AdvanceCase(
        org=event.org,
        case_id=data.case_id,
        facts=data.facts,
        milestones=tuple(data.milestones),
        document=None if data.document is None else _document(data.document),
        subject=data.actor.subject,
    )
    await advance_case(tx, cmd, now=event.occurred_at)


async def on_corrected(tx: Transaction, event: Envelope[CaseCorrectedV1]) -> None:
    """Know the case by the corrected references; the person who corrected them has touched it."""
    data = event.data
    cmd = CorrectCase(
        org=event.org,
        case_id=data.case_id,
        customer_ref=data.customer_ref,
        order_ref=data.order_ref,
        subject=data.actor.subject,
    )
    await correct_case(tx, cmd, now=event.occurred_at)


async def on_touched(tx: Transaction, event: Envelope[Any]) -> None:
    """Record who added evidence, or asked for, decided or excused something about a clock; and the milestone."""
    data: Contract = event.data
    is_milestone = EVENTS[type(data)].is_milestone_of("settlement")
    cmd = RecordTouch(
        org=event.org,
        case_id=event.data.case_id,
        milestones=(data.milestone(),) if is_milestone else (),
        subject=event.data.actor.subject,
    )
    await record_touch(tx, cmd, now=event.occurred_at)


def _document(ref: DocumentRefV1) -> Document:
    return Document(
        document_id=ref.document_id,
        template=ref.template,
        number=ref.number,
        state=ref.state,
        fields=ref.fields,
        signed_by=tuple(ref.signed_by),
    )


HANDLERS: Final[Handlers] = {
    CaseRegisteredV1: on_registered,
    CaseAdvancedV1: on_advanced,
    CaseCorrectedV1: on_corrected,
    Contract: on_touched,
}
