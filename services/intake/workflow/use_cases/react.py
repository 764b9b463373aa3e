"""Another service's event reaches a case: the pack may have the system take a step on it, or on cases linked to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.intake.cases.store.cases import pin_of
from services.intake.workflow.use_cases.follow_links import EventReached, follow_links, reached_by
from services.intake.workflow.use_cases.take_reaction import Cause, TakeReaction, take_reaction
from shared.kernel.ids import CaseId, OrgId
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactToEvent:
    """What another service published about a case."""

    org: OrgId
    case_id: CaseId
    event: str
    data: Mapping[str, Any]
    at: datetime


async def react(tx: Transaction, happened: ReactToEvent, *, now: datetime) -> None:
    """Take every step that the pack states for this event: on the case itself first, then on linked cases."""
    org, case_id = happened.org, happened.case_id
    pack, version = await pin_of(tx, org=org, case_id=case_id)
    policy = await pinned(tx, org=org, pack=pack, version=version)
    cause = Cause(event=happened.event, data=happened.data, at=happened.at)
    reached = [EventReached(org=org, case_id=case_id, event=happened.event, at=happened.at)]
    for step in policy.intake.reactions.get(happened.event, ()):
        for reaction in step.on:
            if reaction.event == happened.event and reaction.relation is None:
                wanted = TakeReaction(org=org, case_id=case_id, step=step, reaction=reaction, cause=cause)
                taken = await take_reaction(tx, wanted, now=now)
                reached.extend(reached_by(taken) if taken else ())
    await follow_links(tx, reached, policy, now=now)
