"""Messages without a sender whose hours have come."""

from services.notify.inbox.store import UNTIL_HOURS
from services.notify.inbox.use_cases.begin_hours import begin_hours
from shared.kernel.clock import SystemClock
from shared.platform.db.engine import Database
from shared.platform.db.transaction import transaction
from shared.platform.worker import Job


async def begin(db: Database) -> int:
    """One batch."""
    async with transaction(db) as tx:
        return await begin_hours(tx, now=SystemClock().now())


HOURS = Job(name="notify.hours", run=begin, asks=UNTIL_HOURS)
