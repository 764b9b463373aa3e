"""An event of a case moves its clocks: start, stop, cancel, pause, resume, another goal."""

from services.sla.calendars.rules.from_pack import Calendars
from services.sla.calendars.use_cases.pinned_calendars import calendars_of, pin, pinned_calendars
from services.sla.cases.use_cases.follow_case import FollowedCase
from services.sla.cases.use_cases.log_notes import log_notes
from services.sla.clocks.announce import announced
from services.sla.clocks.rules.clock import Clock
from services.sla.clocks.rules.follow import ClockRules, Followed, follow
from services.sla.clocks.store import clocks
from shared.kernel.ids import new_id
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.of_cases import append_of_cases


async def move_clocks(tx: Transaction, followed: FollowedCase) -> None:
    """Load the clocks, let the rules follow the event, store and announce what changed. The case is locked."""
    case = followed.case
    present = await clocks.all_of_case(tx, org=case.org, case_id=case.case_id, lock=True)
    rules = await _rules(tx, followed, present)
    result = follow(case, followed.event, present, rules)
    await _pin_new(tx, followed, result, rules.calendars)
    await clocks.save(tx, [(move.before, move.change.clock) for move in result.moves])
    recorded_at = followed.event.recorded_at
    await append_of_cases(tx, [out for move in result.moves for out in announced(move.change, occurred_at=recorded_at)])
    log_notes(case, result.notes)


async def _rules(tx: Transaction, followed: FollowedCase, present: list[Clock]) -> ClockRules:
    policy = followed.policy
    hashes = [content_hash for clock in present if clock.is_open for content_hash in clock.calendars.values()]
    by_hash = await pinned_calendars(tx, org=followed.case.org, hashes=hashes)
    return ClockRules(
        rules=policy.sla.clocks,
        calendars=Calendars(of_pack=calendars_of(policy), by_hash=by_hash),
        new_ids={rule.id: new_id() for rule in policy.sla.clocks},
    )


async def _pin_new(tx: Transaction, followed: FollowedCase, result: Followed, calendars: Calendars) -> None:
    begun = [move.change.clock for move in result.moves if move.before is None]
    wanted = calendars.now({calendar_id for clock in begun for calendar_id in clock.calendars})
    await pin(tx, org=followed.case.org, calendars=wanted.values())
