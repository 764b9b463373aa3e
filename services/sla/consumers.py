"""What sla listens to: cases from intake, and every canonical event that a pack may start or stop a clock on.

A thing counts from when it happened in the field, which intake has checked against its trust window, and
never from later than it was recorded.
"""

from typing import Any, Final

from services.sla.domain.case import Case
from services.sla.use_cases.case_event import CaseEvent
from services.sla.use_cases.follow_case import follow_case
from services.sla.use_cases.register_case import RegisterCase, register_case
from shared.contracts import notify, settlement
from shared.contracts.envelope import Contract, Envelope
from shared.contracts.intake import CaseAdvancedV1, CaseRegisteredV1, EvidenceAddedV1
from shared.kernel.ids import CaseId
from shared.platform.db.transaction import Transaction
from shared.platform.worker import Handlers


async def on_registered(tx: Transaction, event: Envelope[CaseRegisteredV1]) -> None:
    """A case exists; it was received when the customer said it."""
    data = event.data
    case = Case(
        org=event.org,
        case_id=CaseId(data.case_id),
        number=data.number,
        case_type=data.case_type,
        channel=data.channel,
        pack=data.policy.pack,
        policy_version=data.policy.version,
        facts=data.facts,
        milestones={},
        seq=0,
    )
    registered = CaseEvent(
        org=event.org,
        case_id=case.case_id,
        milestones=[data.milestone()],
        at=min(data.received_at, event.occurred_at),
        recorded_at=event.occurred_at,
        facts=data.facts,
    )
    await register_case(tx, RegisterCase(case=case, event=registered))


async def on_advanced(tx: Transaction, event: Envelope[CaseAdvancedV1]) -> None:
    """A step was taken."""
    data = event.data
    advanced = CaseEvent(
        org=event.org,
        case_id=CaseId(data.case_id),
        milestones=data.milestones,
        at=min(data.at, event.occurred_at),
        recorded_at=event.occurred_at,
        facts=data.facts,
    )
    await follow_case(tx, advanced)


async def on_happened(tx: Transaction, event: Envelope[Any]) -> None:
    """Anything else that happened to a case; it says nothing about facts."""
    happened = CaseEvent(
        org=event.org,
        case_id=CaseId(event.data.case_id),
        milestones=[event.data.milestone()],
        at=event.occurred_at,
        recorded_at=event.occurred_at,
    )
    await follow_case(tx, happened)


HAPPENINGS: Final[tuple[type[Contract], ...]] = (
    EvidenceAddedV1,
    settlement.RemedyQuotedV1,
    settlement.RemedyQuoteExpiredV1,
    settlement.RemedyOfferedV1,
    settlement.RemedyAcceptedV1,
    settlement.RemedyRejectedV1,
    settlement.RemedyApprovalRecordedV1,
    settlement.RemedyApprovedV1,
    settlement.RemedyDeclinedV1,
    settlement.RemedyCertificateRecordedV1,
    settlement.RemedyPayoutRequestedV1,
    settlement.RemedyPayoutInDoubtV1,
    settlement.RemedyPayoutFailedV1,
    settlement.RemedyExecutedV1,
    settlement.RemedyGoodsReturnedV1,
    settlement.RemedyReplacementReleasedV1,
    notify.MessageSentV1,
    notify.MessageSkippedV1,
    notify.MessageFailedV1,
)

HANDLERS: Final[Handlers] = {
    CaseRegisteredV1: on_registered,
    CaseAdvancedV1: on_advanced,
    **dict.fromkeys(HAPPENINGS, on_happened),
}
