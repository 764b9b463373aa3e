"""Events about cases: registered and advanced by intake, and who acted on them at intake and sla."""

from collections.abc import Sequence
from typing import Any, Final

from services.settlement.cases.rules import Case, CaseEvent, Document, References
from services.settlement.cases.use_cases.follow_cases import follow_cases
from shared.contracts.catalogue import EVENTS
from shared.contracts.envelope import Contract, Envelope
from shared.contracts.intake import CaseAdvancedV1, CaseCorrectedV1, CaseRegisteredV1, DocumentRefV1
from shared.kernel.ids import CaseId
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.arrival import BatchHandler
from shared.platform.worker import Handlers


async def on_events(tx: Transaction, events: Sequence[Envelope[Any]]) -> None:
    """Store what the events of many cases say of them, and who acted."""
    await follow_cases(tx, [_read(event) for event in events])


def _read(event: Envelope[Any]) -> CaseEvent:
    match event.data:
        case CaseRegisteredV1():
            return _registered(event)
        case CaseAdvancedV1():
            return _advanced(event)
        case CaseCorrectedV1():
            return _corrected(event)
        case _:
            return _touched(event)


def _registered(event: Envelope[CaseRegisteredV1]) -> CaseEvent:
    """The case with the policy version that it is pinned to."""
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
    subjects = (data.actor.subject, data.first_responder)
    return CaseEvent(org=event.org, case_id=case.case_id, at=event.occurred_at, subjects=subjects, registered=case)


def _advanced(event: Envelope[CaseAdvancedV1]) -> CaseEvent:
    """The facts after a step, what it reached, the document it made and who took it."""
    data = event.data
    return CaseEvent(
        org=event.org,
        case_id=CaseId(data.case_id),
        at=event.occurred_at,
        subjects=(data.actor.subject,),
        facts=data.facts,
        case_type=data.case_type,
        milestones=tuple(data.milestones),
        document=None if data.document is None else _document(data.document),
    )


def _corrected(event: Envelope[CaseCorrectedV1]) -> CaseEvent:
    """The corrected references; a payout that was requested keeps what it was requested with."""
    data = event.data
    return CaseEvent(
        org=event.org,
        case_id=CaseId(data.case_id),
        at=event.occurred_at,
        subjects=(data.actor.subject,),
        references=References(customer_ref=data.customer_ref, order_ref=data.order_ref),
    )


def _touched(event: Envelope[Any]) -> CaseEvent:
    """Who added evidence, or asked for, decided or excused something about a clock; gates may ask for it by name."""
    data: Contract = event.data
    is_milestone = EVENTS[type(data)].is_milestone_of("settlement")
    return CaseEvent(
        org=event.org,
        case_id=CaseId(event.data.case_id),
        at=event.occurred_at,
        subjects=(event.data.actor.subject,),
        milestones=(data.milestone(),) if is_milestone else (),
    )


def _document(ref: DocumentRefV1) -> Document:
    return Document(
        document_id=ref.document_id,
        template=ref.template,
        number=ref.number,
        state=ref.state,
        fields=ref.fields,
        signed_by=tuple(ref.signed_by),
    )


_FOLLOW: Final = BatchHandler(on_events)
HANDLERS: Final[Handlers] = {
    CaseRegisteredV1: _FOLLOW,
    CaseAdvancedV1: _FOLLOW,
    CaseCorrectedV1: _FOLLOW,
    Contract: _FOLLOW,
}
