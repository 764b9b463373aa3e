"""Figures whose calendar has become known are judged."""

from collections.abc import Sequence

from services.sla.calendars.jobs import RETRY_SECONDS, try_waiting
from services.sla.indicators import store
from services.sla.indicators.use_cases.date_figure import date_figure
from shared.platform.db.engine import Database
from shared.platform.worker import Job


def jobs() -> Sequence[Job]:
    """The jobs of indicators."""
    return (Job(name="undated_figures", run=date_figures, idle_seconds=RETRY_SECONDS),)


async def date_figures(db: Database) -> int:
    """Try every case with a figure that could not be judged yet."""
    return await try_waiting(db, store.undated, lambda tx, org, case_id: date_figure(tx, org=org, case_id=case_id))
