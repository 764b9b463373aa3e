"""What happens to a case moves its clocks (start, stop, cancel, pause, resume, another goal) and its figures."""

from services.sla.cases.use_cases.follow_case import FollowedCase
from services.sla.clocks.announce import announced
from services.sla.clocks.rules.clock import Change, Clock
from services.sla.clocks.store import clocks
from services.sla.clocks.use_cases.move_clock import moved
from services.sla.clocks.use_cases.start_clock import started
from shared.packs.sla.model.clocks import Clock as ClockRule
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import append

Moved = tuple[Clock | None, Change]


async def move_clocks(tx: Transaction, followed: FollowedCase) -> None:
    """Apply the event to each clock rule of the pack: first to its open clock, then to one that begins."""
    case = followed.case
    present = await clocks.of_case_for_update(tx, org=case.org, case_id=case.case_id)
    moves: list[Moved] = []
    for rule in followed.policy.sla.clocks:
        moves += await _of_rule(tx, followed, rule, [clock for clock in present if clock.rule == rule.id])
    changed = [(before, change) for before, change in moves if before != change.clock]
    await clocks.save(tx, [(before, change.clock) for before, change in changed])
    recorded_at = followed.event.recorded_at
    await append(tx, [out for _, change in changed for out in announced(change, occurred_at=recorded_at)])


async def _of_rule(tx: Transaction, followed: FollowedCase, rule: ClockRule, own: list[Clock]) -> list[Moved]:
    moves: list[Moved] = [(clock, await moved(tx, followed, rule, clock)) for clock in own if clock.is_open]
    now = [change.clock for _, change in moves] + [clock for clock in own if not clock.is_open]
    begun = await started(tx, followed, rule, now)
    return moves if begun is None else [*moves, (None, begun)]
