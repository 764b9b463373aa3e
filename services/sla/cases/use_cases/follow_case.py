"""Carry an event of a case to the features that follow cases, in the event's transaction."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.sla.cases import store
from services.sla.cases.rules import Case, CaseEvent, advance
from shared.packs.store import Policy, pinned
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedCase:
    """A case after `event`, locked, with the policy that it is pinned to."""

    case: Case
    event: CaseEvent
    policy: Policy
    facts_changed: bool


Follower = Callable[[Transaction, FollowedCase], Awaitable[None]]
"""What a feature does when something happened to a case."""


async def follow_case(tx: Transaction, event: CaseEvent, *, followers: Sequence[Follower]) -> None:
    """Apply the event to the case, then let each follower act on it. Raises CaseNotHereYet, PolicyNotHereYet.

    An event that changes no fact and that no rule of the pack names changes nothing but the owner of the case.
    """
    known = await store.get(tx, org=event.org, case_id=event.case_id, lock=True)
    case = advance(known, event.milestones, at=event.at, facts=event.facts, owner=event.owner)
    policy = await pinned(tx, org=event.org, pack=case.pack, version=case.policy_version)
    facts_changed = case.facts != known.facts
    if not facts_changed and policy.sla.awaits.isdisjoint(event.milestones):
        if case.owner != known.owner:
            await store.save_owner(tx, case)
        return
    await store.save(tx, case)
    followed = FollowedCase(case=case, event=event, policy=policy, facts_changed=facts_changed)
    for follower in followers:
        await follower(tx, followed)
