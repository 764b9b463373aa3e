"""Carry the events of cases to the features that follow cases, in the events' transaction."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.sla.cases import store
from services.sla.cases.rules import Case, CaseEvent, CaseKey, CaseNotHereYet, step
from shared.packs.store import Policy, pinned
from shared.platform.db.transaction import Transaction
from shared.platform.links.store import forget_links
from shared.platform.observability.context import Context
from shared.platform.outbox.of_cases import CaseReferences, forget_customer_in_events


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event of a case, and the context in which what it causes is published."""

    event: CaseEvent
    cause: Context


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedCase:
    """A case as it stands after `event`, locked, with the policy that it is pinned to."""

    case: Case
    event: CaseEvent
    policy: Policy
    facts_changed: bool
    cause: Context

    @property
    def key(self) -> CaseKey:
        """Organisation and case."""
        return self.event.key

    @property
    def references(self) -> CaseReferences:
        """How the organisation's systems know the case, for the events that it causes."""
        return CaseReferences(self.case.number, self.case.customer_ref, self.case.order_ref)


Follower = Callable[[Transaction, Sequence[FollowedCase]], Awaitable[None]]
"""What a feature does about events of cases, in their order. What it publishes carries the `cause` of the event."""


async def follow_cases(tx: Transaction, happenings: Sequence[Happening], *, followers: Sequence[Follower]) -> None:
    """Apply the events to their cases, then let each follower act on those that matter.

    Raises CaseNotHereYet for an event before its registration, and PolicyNotHereYet. All cases are locked with one
    statement, in the order of their keys, and written before the followers act.
    """
    known = await store.lock_many(tx, {one.event.key for one in happenings})
    cases = dict(known)
    followed = [one for happening in happenings if (one := await _follow(tx, happening, cases)) is not None]
    await store.add_many(tx, [case for key, case in cases.items() if key not in known])
    await store.save_many(tx, [case for key, case in cases.items() if key in known and case != known[key]])
    for follower in followers if followed else ():
        await follower(tx, followed)
    for happening in happenings:
        if happening.event.purges:
            await _forget(tx, happening.event)


async def _follow(tx: Transaction, happening: Happening, cases: dict[CaseKey, Case]) -> FollowedCase | None:
    """Apply the event to `cases`; the case after it when the event matters."""
    event = happening.event
    known = cases.get(event.key) or event.registered
    if known is None:
        raise CaseNotHereYet
    policy = await pinned(tx, org=event.org, pack=known.pack, version=known.policy_version)
    after = step(known, event, awaits=policy.sla.awaits)
    cases[event.key] = after.case
    if not after.matters:
        return None
    return FollowedCase(
        case=after.case, event=event, policy=policy, facts_changed=after.facts_changed, cause=happening.cause
    )


async def _forget(tx: Transaction, event: CaseEvent) -> None:
    await forget_customer_in_events(tx, org=event.org, case_id=event.case_id)
    await forget_links(tx, org=event.org, case_id=event.case_id)
