"""Sweeps: fire due timers, date clocks and figures whose calendar has become known, keep the gauge.

Real organisations' timers run on the database's clock, so a process whose clock is wrong fires nothing early.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol, TypeVar

from services.sla.db import clocks, figures, timers
from services.sla.use_cases.date_clock import date_clock
from services.sla.use_cases.date_figure import date_figure
from services.sla.use_cases.fire_timers import fire_timers
from shared.kernel.ids import OrgId
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, reading, transaction
from shared.platform.observability import metrics
from shared.platform.worker import Job

TIMER_SECONDS: Final = 0.1
_GAUGE_SECONDS: Final = 15.0
_UNDATED_SECONDS: Final = 60.0
_UNDATED_BATCH: Final = 200

Thing = TypeVar("Thing", bound=str)


class _Undated(Protocol[Thing]):
    """A page of things that wait for a calendar, in the order of their keys."""

    async def __call__(
        self, tx: Transaction, *, after: tuple[OrgId, Thing] | None, limit: int
    ) -> Sequence[tuple[OrgId, Thing]]: ...


def jobs(*, simulated_clocks: bool) -> Sequence[Job]:
    """The jobs of sla; timers of simulated organisations only where there can be any."""
    simulated = (Job(name="simulated_timers", run=fire_simulated, prompt=True),)
    return (
        Job(name="timers", run=fire_real, idle_seconds=TIMER_SECONDS),
        *(simulated if simulated_clocks else ()),
        Job(name="undated_clocks", run=date_undated, idle_seconds=_UNDATED_SECONDS),
        Job(name="undated_figures", run=date_figures, idle_seconds=_UNDATED_SECONDS),
        Job(name="timer_gauge", run=observe, idle_seconds=_GAUGE_SECONDS),
    )


async def fire_real(db: Database) -> int:
    """One batch of timers due on the database's clock."""
    return await _fire(db, simulated=False)


async def fire_simulated(db: Database) -> int:
    """One batch of timers due on their organisations' own clocks."""
    return await _fire(db, simulated=True)


async def _fire(db: Database, *, simulated: bool) -> int:
    async with transaction(db) as tx:
        fired = await fire_timers(tx, simulated=simulated)
    for seconds in fired.late_by:
        metrics.TIMER_FIRE_LAG.observe(seconds)
    for rule in fired.breached:
        metrics.BREACHES.labels(clock=rule).inc()
    return fired.timers


async def date_undated(db: Database) -> int:
    """Try every clock that has no due instant yet."""
    return await _each(db, clocks.undated, lambda tx, org, clock_id: date_clock(tx, org=org, clock_id=clock_id))


async def date_figures(db: Database) -> int:
    """Try every case with a figure that could not be judged yet."""
    return await _each(db, figures.undated, lambda tx, org, case_id: date_figure(tx, org=org, case_id=case_id))


async def _each(
    db: Database, undated: _Undated[Thing], date: Callable[[Transaction, OrgId, Thing], Awaitable[int]]
) -> int:
    """Try each of them, page by page, in a transaction of its own; how many could be dated."""
    dated = 0
    after: tuple[OrgId, Thing] | None = None
    while True:
        async with reading(db) as tx:
            page = await undated(tx, after=after, limit=_UNDATED_BATCH)
        for org, thing in page:
            async with transaction(db) as tx:
                dated += await date(tx, org, thing)
        if len(page) < _UNDATED_BATCH:
            return dated
        after = page[-1]


async def observe(db: Database) -> int:
    """Publish how many timers are armed."""
    async with reading(db) as tx:
        metrics.TIMERS_OPEN.set(await timers.count_open(tx))
    return 0
