"""Events of the other services → the copy of the case, and the messages that they cause.

An event of a case that is not here yet (topics are not ordered among each other) is `Unavailable` and tried again.
"""

from collections.abc import Sequence
from typing import Any, Final

from services.notify.cases.rules import Case, CaseEvent
from services.notify.planning.rules.follow import Advanced, Change, Corrected, Happening, Reached, Registered
from services.notify.planning.use_cases.follow_events import follow_events
from shared.contracts.catalogue import EVENTS
from shared.contracts.cloud_event import About, structured
from shared.contracts.envelope import Contract, Envelope
from shared.contracts.intake import CaseAdvancedV1, CaseCorrectedV1, CaseRegisteredV1
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.arrival import BatchHandler, context_of


async def on_case_events(tx: Transaction, events: Sequence[Envelope[Any]]) -> None:
    """Keep what the events change, then plan what they cause."""
    await follow_events(tx, [_happening(event) for event in events])


ON_CASE_EVENTS: Final = BatchHandler(on_case_events)


def _happening(event: Envelope[Any]) -> Happening:
    change = _change(event)
    names = change.milestones if isinstance(change, Advanced) else ()
    return Happening(
        org=event.org,
        case_id=event.data.case_id,
        event=_case_event(event, names=names),
        change=change,
        context=context_of(event),
    )


def _change(event: Envelope[Any]) -> Change:
    match event.data:
        case CaseRegisteredV1() as data:
            return Registered(case=_registered(data))
        case CaseAdvancedV1() as data:
            milestones = tuple(data.milestones)
            return Advanced(
                case_type=data.case_type,
                status=data.status,
                owner=data.owner,
                facts=data.facts,
                milestones=milestones,
            )
        case CaseCorrectedV1() as data:
            return Corrected(customer_ref=data.customer_ref, order_ref=data.order_ref)
        case Contract() as data:
            is_milestone = EVENTS[type(data)].is_milestone_of("notify")
            return Reached(names=(data.milestone(),) if is_milestone else ())
        case _:
            raise TypeError("no event of a case")


def _registered(data: CaseRegisteredV1) -> Case:
    return Case(
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
