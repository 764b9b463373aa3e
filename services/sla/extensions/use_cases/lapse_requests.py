"""A clock has ended: the requests to extend it that were not decided lapse."""

from collections.abc import Sequence

from services.sla.cases.use_cases.follow_cases import FollowedCase
from services.sla.extensions import store
from services.sla.extensions.rules.extension import may_end_extendable_clock
from shared.platform.db.transaction import Transaction


async def lapse_requests(tx: Transaction, followed: Sequence[FollowedCase]) -> None:
    """End the pending requests for the clocks that the events ended. Clocks are stored before."""
    if concerned := {one.key for one in followed if _may_end_one(one)}:
        await store.lapse(tx, concerned)


def _may_end_one(one: FollowedCase) -> bool:
    return may_end_extendable_clock(one.policy.sla.clocks, one.event.milestones, facts_changed=one.facts_changed)
