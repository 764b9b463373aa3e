"""State why a goal that holds only in principle was missed."""

from dataclasses import dataclass
from datetime import datetime

from services.sla.clocks.announce import announced
from services.sla.clocks.rules.clock import Clock
from services.sla.clocks.store import clocks
from services.sla.clocks.use_cases.get_ruled_clock import get_ruled_clock
from services.sla.excuses.rules import excuse
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.of_cases import append_of_cases


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcuseClock:
    """Which clock, and the reason."""

    org: OrgId
    clock_id: str
    reason: str


async def excuse_clock(tx: Transaction, cmd: ExcuseClock, *, actor: Actor, now: datetime) -> Clock:
    """Excuse the breaches that stand. Raises NotFound, NotExcusable, ReasonRequired, NothingToExcuse."""
    ruled = await get_ruled_clock(tx, org=cmd.org, clock_id=cmd.clock_id, lock=True)
    change = excuse(ruled.clock, excusable=ruled.rule.excusable, reason=cmd.reason, actor=actor, at=now)
    await clocks.save(tx, [(ruled.clock, change.clock)])
    await append_of_cases(tx, announced(change, occurred_at=now))
    return change.clock
