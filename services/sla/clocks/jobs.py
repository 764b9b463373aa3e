"""Alarms that are due go off, clocks whose calendar has become known are dated, and samples count both.

Alarms of organisations on real time are due by the database's clock, so a process with a wrong clock fires none early.
"""

from collections.abc import Sequence
from typing import Final

from services.sla.calendars.jobs import RETRY_SECONDS, try_waiting
from services.sla.clocks import metrics
from services.sla.clocks.store import alarms, clocks, due
from services.sla.clocks.use_cases.date_clock import date_clock
from services.sla.clocks.use_cases.fire_alarms import FiredAlarm, fire_alarms
from shared.kernel.ids import OrgId
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, transaction
from shared.platform.observability.declaring import largest, show
from shared.platform.observability.tracing import CASE_ID, Work, side_by_side
from shared.platform.organisation_clock import organisation_now
from shared.platform.sampling import Sample
from shared.platform.worker import Job

MOST_SERIES: Final = 250


def jobs(*, simulated_clocks: bool) -> Sequence[Job]:
    """The jobs of clocks; alarms of simulated organisations only where there can be any."""
    simulated = (Job(name="simulated_alarms", run=fire_simulated, asks=alarms.UNTIL_DUE_SIMULATED),)
    return (
        Job(name="alarms", run=fire_real, asks=alarms.UNTIL_DUE_REAL),
        *(simulated if simulated_clocks else ()),
        Job(name="undated_clocks", run=date_undated, idle_seconds=RETRY_SECONDS),
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
    for severity in fired.breached:
        metrics.BREACHES.labels(severity=severity).inc()
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


async def _measure_timers(tx: Transaction) -> None:
    metrics.TIMERS_OPEN.set(await alarms.count_open(tx))
    metrics.TIMER_OVERDUE.set(await alarms.longest_overdue(tx))


async def _measure_clocks(tx: Transaction) -> None:
    counted = await due.count_open(tx)
    for status in metrics.OPEN:
        metrics.CLOCKS.labels(status=status).set(sum(each.clocks for each in counted if each.status == status))
    by_type: dict[tuple[str, ...], float] = {}
    for each in counted:
        key = (each.case_type, each.due)
        by_type[key] = by_type.get(key, 0) + each.clocks
    show(metrics.CLOCKS_DUE, largest(by_type, most=MOST_SERIES))


SAMPLES: Final = (
    Sample(gauges=metrics.TIMERS, measure=_measure_timers),
    Sample(gauges=metrics.DUE, measure=_measure_clocks, every_seconds=30.0),
)
