"""A clock has ended: the requests to extend it that were not decided lapse."""

from services.sla.cases.use_cases.follow_case import FollowedCase
from services.sla.extensions import store
from services.sla.extensions.rules.extension import may_end_extendable_clock
from shared.platform.db.transaction import Transaction


async def lapse_requests(tx: Transaction, followed: FollowedCase) -> None:
    """End the pending requests for the clocks that the event ended."""
    case = followed.case
    rules, milestones = followed.policy.sla.clocks, followed.event.milestones
    if may_end_extendable_clock(rules, milestones, facts_changed=followed.facts_changed):
        await store.lapse(tx, org=case.org, case_id=case.case_id)
