"""Why a clock is due when it is."""

from dataclasses import dataclass

from services.sla.clockpage import store
from services.sla.clockpage.rules import Explanation, explain
from services.sla.clockpage.store import ShownClock
from services.sla.clocks.rules.clock import Target
from services.sla.clocks.rules.ruled_clock import RuledClock
from services.sla.clocks.store import clocks
from services.sla.clocks.use_cases.get_ruled_clock import get_ruled_clock
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedClock:
    """The days behind the goal, and every target the clock ever had. An undated clock has no days."""

    shown: ShownClock
    ruled: RuledClock
    explanation: Explanation | None
    targets: tuple[Target, ...]


async def explain_clock(tx: Transaction, *, org: OrgId, clock_id: str) -> ExplainedClock:
    """Explain the present goal from the original start. Raises NotFound."""
    shown = await store.get(tx, org=org, clock_id=clock_id)
    ruled = await get_ruled_clock(tx, org=org, clock_id=clock_id)
    clock = ruled.clock
    explanation = None
    if clock.target is not None:
        explanation = explain(ruled.terms(), started_at=clock.started_at, pauses=clock.pauses)
    return ExplainedClock(
        shown=shown, ruled=ruled, explanation=explanation, targets=tuple(await clocks.targets(tx, clock))
    )
