"""Waiting for what another transaction does, without a fixed time."""

import asyncio

from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def until_a_statement_waits(db: Database) -> None:
    """Until a statement of this database waits for a lock."""
    async with asyncio.timeout(10):
        while True:
            async with reading(db) as tx:
                [(count,)] = await tx.rows(_WAITING)
            if count:
                return
            await asyncio.sleep(0.01)
