"""Events of cases, from whichever service: registration, steps, and everything else that happens to a case.

An event counts from when it happened in the field, which intake has checked against its trust window, and never
from later than it was recorded.
"""

from collections.abc import Sequence
from typing import Any

from services.sla.cases.rules import Case, CaseEvent
from services.sla.cases.store import forget_customer, save_references
from services.sla.cases.use_cases.follow_case import Follower, follow_case
from services.sla.cases.use_cases.register_case import RegisterCase, register_case
from shared.contracts.envelope import Contract, Envelope
from shared.contracts.intake import CaseAdvancedV1, CaseCorrectedV1, CasePurgedV1, CaseRegisteredV1
from shared.kernel.ids import CaseId
from shared.platform.db.transaction import Transaction
from shared.platform.links.store import forget_links
from shared.platform.worker import Handlers


def handlers(followers: Sequence[Follower]) -> Handlers:
    """What to do with an event that sla hears: update the case, then let the followers act in their order."""

    async def registered(tx: Transaction, event: Envelope[CaseRegisteredV1]) -> None:
        await register_case(tx, _registration(event), followers=followers)

    async def advanced(tx: Transaction, event: Envelope[CaseAdvancedV1]) -> None:
        await follow_case(tx, _step(event), followers=followers)

    async def happened(tx: Transaction, event: Envelope[Any]) -> None:
        await follow_case(tx, _happening(event), followers=followers)

    async def corrected(tx: Transaction, event: Envelope[CaseCorrectedV1]) -> None:
        data = event.data
        await save_references(tx, org=event.org, case_id=data.case_id, customer=data.customer_ref, order=data.order_ref)

    async def purged(tx: Transaction, event: Envelope[CasePurgedV1]) -> None:
        await happened(tx, event)
        await forget_customer(tx, org=event.org, case_id=CaseId(event.data.case_id))
        await forget_links(tx, org=event.org, case_id=event.data.case_id)

    return {
        CaseRegisteredV1: registered,
        CaseAdvancedV1: advanced,
        CaseCorrectedV1: corrected,
        CasePurgedV1: purged,
        Contract: happened,
    }


def _registration(event: Envelope[CaseRegisteredV1]) -> RegisterCase:
    """The case was received when the customer said it."""
    data = event.data
    case = Case(
        org=event.org,
        case_id=CaseId(data.case_id),
        number=data.number,
        case_type=data.case_type,
        channel=data.channel,
        customer_ref=data.customer_ref,
        order_ref=data.order_ref,
        pack=data.policy.pack,
        policy_version=data.policy.version,
        facts=data.facts,
        milestones={},
        seq=0,
        owner=data.owner,
    )
    registered = CaseEvent(
        org=event.org,
        case_id=case.case_id,
        milestones=[data.milestone()],
        at=min(data.received_at, event.occurred_at),
        recorded_at=event.occurred_at,
        facts=data.facts,
    )
    return RegisterCase(case=case, event=registered)


def _step(event: Envelope[CaseAdvancedV1]) -> CaseEvent:
    """A step of the case's workflow, with the milestones that it reached."""
    data = event.data
    return CaseEvent(
        org=event.org,
        case_id=CaseId(data.case_id),
        milestones=data.milestones,
        at=min(data.at, event.occurred_at),
        recorded_at=event.occurred_at,
        facts=data.facts,
        owner=data.owner,
    )


def _happening(event: Envelope[Any]) -> CaseEvent:
    """Any other event of a case; it carries no facts."""
    return CaseEvent(
        org=event.org,
        case_id=CaseId(event.data.case_id),
        milestones=[event.data.milestone()],
        at=event.occurred_at,
        recorded_at=event.occurred_at,
    )
