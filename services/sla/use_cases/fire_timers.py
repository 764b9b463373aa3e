"""Fire due timers: mark them, move their clocks, announce it, all in one transaction and so exactly once."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.sla.announce import announced
from services.sla.db import clocks, timers
from services.sla.db.timers import DueTimer
from services.sla.domain import transitions
from services.sla.domain.clock import Change, Clock
from services.sla.domain.events import Breached
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import Outgoing, append

BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """What a round did, for the metrics: how late real timers were, and the rules that breached."""

    timers: int
    late_by: Sequence[float]
    breached: Sequence[str]


async def fire_timers(tx: Transaction, *, simulated: bool, limit: int = BATCH) -> Fired:
    """Fire up to `limit` timers in due order.

    A simulated organisation's events happen at the timer's own instant, a real one's when it fires.
    """
    due = await timers.claim(tx, simulated=simulated, limit=limit)
    keys = list({(timer.org, timer.clock_id): None for timer in due})
    before = await clocks.many(tx, keys) if keys else {}
    present = dict(before)
    outgoing: list[Outgoing] = []
    breached: list[str] = []
    for timer in due:
        change = _fired(present[timer.org, timer.clock_id], timer)
        present[timer.org, timer.clock_id] = change.clock
        outgoing += announced(change, occurred_at=timer.happened_at)
        breached += [change.clock.rule for event in change.events if isinstance(event, Breached)]
    await clocks.save(tx, [(before[key], present[key]) for key in keys])
    await append(tx, outgoing)
    late_by = [] if simulated else [timer.late_by for timer in due]
    return Fired(timers=len(due), late_by=late_by, breached=breached)


def _fired(clock: Clock, timer: DueTimer) -> Change:
    match timer.kind:
        case "warning":
            return transitions.warn(clock, gen=timer.gen)
        case "breach":
            return transitions.pass_due(clock, gen=timer.gen)
