"""Alarms that are due go off, clocks whose calendar has become known are dated, and a gauge counts the alarms.

Alarms of organisations on real time are due by the database's clock, so a process with a wrong clock fires none early.
"""

from collections.abc import Sequence
from typing import Final

from services.sla.calendars.jobs import RETRY_SECONDS, try_waiting
from services.sla.clocks.store import alarms, clocks
from services.sla.clocks.use_cases.date_clock import date_clock
from services.sla.clocks.use_cases.fire_alarms import FiredAlarm, fire_alarms
from shared.kernel.ids import OrgId
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, reading, transaction
from shared.platform.observability import metrics
from shared.platform.observability.tracing import CASE_ID, Work, side_by_side
from shared.platform.organisation_clock import organisation_now
from shared.platform.worker import Job

ALARM_SECONDS: Final = 0.1
_GAUGE_SECONDS: Final = 15.0


def jobs(*, simulated_clocks: bool) -> Sequence[Job]:
    """The jobs of clocks; alarms of simulated organisations only where there can be any."""
    simulated = (Job(name="simulated_alarms", run=fire_simulated, asks=alarms.ANY_DUE_SIMULATED),)
    return (
        Job(name="alarms", run=fire_real, idle_seconds=ALARM_SECONDS, asks=alarms.ANY_DUE_REAL),
        *(simulated if simulated_clocks else ()),
        Job(name="undated_clocks", run=date_undated, idle_seconds=RETRY_SECONDS),
        Job(name="alarm_gauge", run=observe, idle_seconds=_GAUGE_SECONDS),
    )


async def fire_real(db: Database) -> int:
    """One batch of alarms due by the database's clock."""
    return await _fire(db, simulated=False)


async def fire_simulated(db: Database) -> int:
    """One batch of alarms due by their organisations' own clocks."""
    return await _fire(db, simulated=True)


async def _fire(db: Database, *, simulated: bool) -> int:
    went_off: list[FiredAlarm] = []
    with side_by_side("internal", lambda: map(_span, went_off)):
        async with transaction(db) as tx:
            fired = await fire_alarms(tx, simulated=simulated)
        went_off += fired.went_off
    for seconds in fired.late_by:
        metrics.TIMER_FIRE_LAG.observe(seconds)
    for rule in fired.breached:
        metrics.BREACHES.labels(clock=rule).inc()
    return fired.alarms


def _span(fired: FiredAlarm) -> tuple[str, Work]:
    """The span of an alarm, which has the times of its batch."""
    alarm = fired.alarm
    attributes = {
        CASE_ID: fired.case_id,
        "redress.organisation_id": alarm.org,
        "redress.clock_id": alarm.clock_id,
        "redress.alarm": alarm.kind,
    }
    return f"alarm {alarm.kind}", Work(fired.context, attributes)


async def date_undated(db: Database) -> int:
    """Try every clock that has no due instant yet."""

    async def date(tx: Transaction, org: OrgId, clock_id: str) -> bool:
        return await date_clock(tx, org=org, clock_id=clock_id, now=await organisation_now(tx, org))

    return await try_waiting(db, clocks.undated, date)


async def observe(db: Database) -> int:
    """Publish how many alarms are armed."""
    async with reading(db) as tx:
        metrics.TIMERS_OPEN.set(await alarms.count_open(tx))
    return 0
