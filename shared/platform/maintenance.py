"""Maintenance jobs: create and drop archive partitions, purge old rows."""

from datetime import date, timedelta
from typing import Final

from shared.kernel.clock import SystemClock
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, transaction
from shared.platform.outbox import relay

KEEP_DAYS: Final = 30
DAYS_AHEAD: Final = 3
PURGE_BATCH: Final = 5000
_PARTITIONS: Final = """
    SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
    WHERE inhparent = to_regclass('outbox_archive') AND child.relname ~ '^outbox_archive_[0-9]{8}$'
"""
_RAISE_FLOOR: Final = """
    WITH gone AS ({gone})
    UPDATE outbox_feed SET floor = (SELECT max(position) FROM gone) WHERE floor < (SELECT max(position) FROM gone)
"""
_PURGE_DEFAULT_PARTITION: Final = _RAISE_FLOOR.format(
    gone="DELETE FROM outbox_archive_default WHERE published_at < now() - $1::interval RETURNING position"
)
_PURGE_INBOX: Final = """
    DELETE FROM inbox WHERE (consumer, event_id) IN (
        SELECT consumer, event_id FROM inbox WHERE received_at < now() - $1::interval ORDER BY received_at LIMIT $2)
    RETURNING 1
"""
_PURGE_KEYS: Final = """
    DELETE FROM idempotency WHERE (org_id, key) IN (
        SELECT org_id, key FROM idempotency WHERE created_at < now() - $1::interval ORDER BY created_at LIMIT $2)
    RETURNING 1
"""


async def archive_partitions(db: Database) -> int:
    """Create the archive's partitions of the coming days and drop those older than `KEEP_DAYS`."""
    today = SystemClock().now().date()
    async with transaction(db) as tx:
        await tx.rows("SELECT pg_advisory_xact_lock($1)", (relay.lease_namespace(db.kernel.schema),))
        existing = await _partitions(tx)
        for ahead in range(1, DAYS_AHEAD + 1):
            day = today + timedelta(days=ahead)
            if partition_name(day) not in existing:
                await tx.rows("SELECT create_archive_partition($1)", (day,))
        oldest_kept = partition_name(today - timedelta(days=KEEP_DAYS))
        for name in sorted(existing):
            if name < oldest_kept:
                await tx.rows(_RAISE_FLOOR.format(gone=f"SELECT position FROM {name}"))  # noqa: S608 (a partition)
                await tx.rows("SELECT drop_archive_partition($1)", (_day_of(name),))
        await tx.rows(_PURGE_DEFAULT_PARTITION, (timedelta(days=KEEP_DAYS),))
    return 0


async def purge(db: Database) -> int:
    """Delete a batch of inbox rows and idempotency keys older than `KEEP_DAYS`; their number."""
    async with transaction(db) as tx:
        gone = [await tx.rows(sql, (timedelta(days=KEEP_DAYS), PURGE_BATCH)) for sql in (_PURGE_INBOX, _PURGE_KEYS)]
    return sum(len(rows) for rows in gone)


def partition_name(day: date) -> str:
    """The archive's partition of a day (UTC)."""
    return f"outbox_archive_{day:%Y%m%d}"


def _day_of(name: str) -> date:
    return date.fromisoformat(name.removeprefix("outbox_archive_"))


async def _partitions(tx: Transaction) -> set[str]:
    return {name for (name,) in await tx.rows(_PARTITIONS)}
