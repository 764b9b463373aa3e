"""Events of the other services → the copy of the case, and the messages that they cause.

An event of a case that is not here yet (topics overtake one another) is `Unavailable` and tried again.
"""

from typing import Any

from services.notify.cases.rules import Case, Happening, advanced, with_milestones
from services.notify.cases.store import open_case, save_case
from services.notify.planning.store import standing
from services.notify.planning.use_cases.tell import tell
from shared.contracts.catalogue import EVENTS
from shared.contracts.envelope import Contract, Envelope
from shared.contracts.intake import CaseAdvancedV1, CaseRegisteredV1
from shared.platform.db.transaction import Transaction


async def on_case_registered(tx: Transaction, event: Envelope[CaseRegisteredV1]) -> None:
    """Keep the case, then tell."""
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
        received_at=data.received_at,
        pack=data.policy.pack,
        policy_version=data.policy.version,
        facts=data.facts,
        milestones=(data.milestone(),),
    )
    await open_case(tx, event.org, case)
    found = await standing(tx, event.org, data.case_id)
    await tell(tx, _happening(event), org=event.org, standing=found)


async def on_case_advanced(tx: Transaction, event: Envelope[CaseAdvancedV1]) -> None:
    """Follow the case, then tell."""
    data = event.data
    found = await standing(tx, event.org, data.case_id, for_update=True)
    case = advanced(
        found.case, status=data.status, owner=data.owner, facts=data.facts, milestones=tuple(data.milestones)
    )
    await save_case(tx, event.org, case)
    await tell(tx, _happening(event, names=tuple(data.milestones)), org=event.org, standing=found.with_case(case))


async def on_case_event(tx: Transaction, event: Envelope[Any]) -> None:
    """Remember it when it is a milestone of the case, then tell."""
    happening = _happening(event)
    is_milestone = EVENTS[type(event.data)].is_milestone_of("notify")
    found = await standing(tx, event.org, event.data.case_id, for_update=is_milestone)
    if is_milestone:
        found = found.with_case(with_milestones(found.case, happening.names))
        await save_case(tx, event.org, found.case)
    await tell(tx, happening, org=event.org, standing=found)


def _happening(event: Envelope[Any], *, names: tuple[str, ...] = ()) -> Happening:
    contract: Contract = event.data
    return Happening(
        event_id=event.id,
        names=names or (contract.milestone(),),
        occurred_at=event.occurred_at,
        data=contract.model_dump(mode="json"),
    )
