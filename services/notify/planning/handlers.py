"""Events of the other services → the copy of the case, and the messages that they cause.

An event of a case that is not here yet (topics are not ordered among each other) is `Unavailable` and tried again.
"""

from typing import Any

from services.notify.cases.rules import Case, CaseEvent
from services.notify.planning.use_cases.correct_case import CorrectCase, correct_case
from services.notify.planning.use_cases.follow_case import FollowCase, follow_case
from services.notify.planning.use_cases.open_case import OpenCase, open_case
from services.notify.planning.use_cases.plan_messages import PlanMessages, plan_messages
from shared.contracts.catalogue import EVENTS
from shared.contracts.cloud_event import About, structured
from shared.contracts.envelope import Contract, Envelope
from shared.contracts.intake import CaseAdvancedV1, CaseCorrectedV1, CaseRegisteredV1
from shared.platform.db.transaction import Transaction


async def on_case_registered(tx: Transaction, event: Envelope[CaseRegisteredV1]) -> None:
    """Keep the case, then plan."""
    data = event.data
    case = Case(
        case_id=data.case_id,
        number=data.number,
        case_type=data.case_type,
        channel=data.channel,
        status=data.status,
        previous_status=data.status,
        owner=data.owner,
        first_responder=data.first_responder,
        customer_ref=data.customer_ref,
        order_ref=data.order_ref,
        received_at=data.received_at,
        pack=data.policy.pack,
        policy_version=data.policy.version,
        facts=data.facts,
        milestones=(data.milestone(),),
    )
    await open_case(tx, OpenCase(org=event.org, case=case, event=_case_event(event)))


async def on_case_advanced(tx: Transaction, event: Envelope[CaseAdvancedV1]) -> None:
    """Follow the case, then plan."""
    data = event.data
    cmd = FollowCase(
        org=event.org,
        case_id=data.case_id,
        status=data.status,
        owner=data.owner,
        facts=data.facts,
        milestones=tuple(data.milestones),
        event=_case_event(event, names=tuple(data.milestones)),
    )
    await follow_case(tx, cmd)


async def on_case_corrected(tx: Transaction, event: Envelope[CaseCorrectedV1]) -> None:
    """Know the case by the corrected references, then plan."""
    data = event.data
    cmd = CorrectCase(
        org=event.org,
        case_id=data.case_id,
        customer_ref=data.customer_ref,
        order_ref=data.order_ref,
        event=_case_event(event),
    )
    await correct_case(tx, cmd)


async def on_case_event(tx: Transaction, event: Envelope[Any]) -> None:
    """Keep it when it is a milestone of the case, then plan."""
    cmd = PlanMessages(
        org=event.org,
        case_id=event.data.case_id,
        event=_case_event(event),
        is_milestone=EVENTS[type(event.data)].is_milestone_of("notify"),
    )
    await plan_messages(tx, cmd)


def _case_event(event: Envelope[Any], *, names: tuple[str, ...] = ()) -> CaseEvent:
    contract: Contract = event.data
    data = contract.model_dump(mode="json")
    about = About(
        id=event.id,
        type=contract.TYPE,
        source=f"/redress/{EVENTS[type(contract)].producer}",
        org=event.org,
        key=event.key,
        aggregate=event.aggregate,
        aggregate_id=event.aggregate_id,
        version=event.version,
        occurred_at=event.occurred_at,
        correlation_id=event.correlation_id,
    )
    return CaseEvent(
        event_id=event.id,
        names=names or (contract.milestone(),),
        occurred_at=event.occurred_at,
        data=data,
        published=structured(about, data=data),
    )
