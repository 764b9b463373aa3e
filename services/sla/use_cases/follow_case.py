"""What happens to a case moves its clocks (start, stop, cancel, pause, resume, another goal) and its figures."""

from services.sla.announce import announced
from services.sla.db import cases, clocks, extensions
from services.sla.domain.case import advance
from services.sla.domain.clock import Change, Clock
from services.sla.use_cases.case_event import CaseEvent, Situation
from services.sla.use_cases.count_case import count_case
from services.sla.use_cases.move_clock import moved
from services.sla.use_cases.start_clock import started
from shared.packs.sla.model import Clock as ClockRule
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import append

Moved = tuple[Clock | None, Change]


async def follow_case(tx: Transaction, event: CaseEvent) -> None:
    """Apply the event to the case's view, clocks and figures. Raises CaseNotHereYet, PolicyNotHereYet."""
    known = await cases.get_for_update(tx, org=event.org, case_id=event.case_id)
    case = advance(known, event.milestones, at=event.at, facts=event.facts)
    policy = await pinned(tx, org=event.org, pack=case.pack, version=case.policy_version)
    if case.facts == known.facts and policy.sla.awaits.isdisjoint(event.milestones):
        return
    await cases.save(tx, case)
    situation = Situation(case=case, policy=policy, event=event)
    await move_clocks(tx, situation)
    await count_case(tx, situation, facts_changed=case.facts != known.facts)


async def move_clocks(tx: Transaction, situation: Situation) -> None:
    """Carry every rule of the pack on: first what runs, then what begins."""
    case = situation.case
    present = await clocks.of_case_for_update(tx, org=case.org, case_id=case.case_id)
    moves: list[Moved] = []
    for rule in situation.policy.sla.clocks:
        moves += await _of_rule(tx, situation, rule, [clock for clock in present if clock.rule == rule.id])
    changed = [(before, change) for before, change in moves if before != change.clock]
    await clocks.save(tx, [(before, change.clock) for before, change in changed])
    ended = [change.clock.clock_id for before, change in changed if before is not None and not change.clock.is_open]
    if ended:
        await extensions.lapse(tx, org=case.org, clock_ids=ended)
    recorded_at = situation.event.recorded_at
    await append(tx, [out for _, change in changed for out in announced(change, occurred_at=recorded_at)])


async def _of_rule(tx: Transaction, situation: Situation, rule: ClockRule, own: list[Clock]) -> list[Moved]:
    moves: list[Moved] = [(clock, await moved(tx, situation, rule, clock)) for clock in own if clock.is_open]
    now = [change.clock for _, change in moves] + [clock for clock in own if not clock.is_open]
    begun = await started(tx, situation, rule, now)
    return moves if begun is None else [*moves, (None, begun)]
