"""Messages without a sender whose hours have come."""

from services.notify.inbox.use_cases.begin_hours import begin_hours
from shared.platform.db.engine import Database
from shared.platform.db.transaction import transaction


async def begin(db: Database) -> int:
    """One batch of messages whose hours have come."""
    async with transaction(db) as tx:
        return await begin_hours(tx)
