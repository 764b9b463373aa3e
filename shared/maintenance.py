"""The kernel's housekeeping jobs: archive partitions ahead and away, old inbox rows, gauges."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select, text

from shared.db.engine import Database
from shared.db.transaction import Transaction, reading, transaction
from shared.observability import metrics
from shared.outbox import relay

KEEP_DAYS: Final = 30
DAYS_AHEAD: Final = 3
PURGE_BATCH: Final = 5000


async def archive_partitions(db: Database) -> int:
    """Create the archive's partitions of the coming days and drop those past keeping; how many changed."""
    today = datetime.now(UTC).date()
    async with transaction(db) as tx:
        await tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": relay.lease_namespace(db.kernel.schema)})
        existing = await _partitions(tx)
        wanted = [today + timedelta(days=ahead) for ahead in range(1, DAYS_AHEAD + 1)]
        missing = [day for day in wanted if partition_name(day) not in existing]
        for day in missing:
            await _create(tx, day)
        oldest_kept = partition_name(today - timedelta(days=KEEP_DAYS))
        expired = sorted(name for name in existing if name < oldest_kept)
        for name in expired:
            await tx.execute(text(f'DROP TABLE "{db.kernel.schema}".{name}'))
        await tx.execute(
            text(
                f'DELETE FROM "{db.kernel.schema}".outbox_archive_default '
                f"WHERE published_at < now() - interval '{KEEP_DAYS} days'"
            )
        )
    return 0


async def purge(db: Database) -> int:
    """Delete a batch of inbox rows and idempotency keys past keeping; how many went."""
    schema = db.kernel.schema
    limit = f"now() - interval '{KEEP_DAYS} days' ORDER BY {{0}} LIMIT {PURGE_BATCH}"
    async with transaction(db) as tx:
        inbox = await tx.execute(
            text(
                f'DELETE FROM "{schema}".inbox WHERE (consumer, event_id) IN (SELECT consumer, event_id '
                f'FROM "{schema}".inbox WHERE received_at < {limit.format("received_at")})'
            )
        )
        keys = await tx.execute(
            text(
                f'DELETE FROM "{schema}".idempotency WHERE (org_id, key) IN (SELECT org_id, key '
                f'FROM "{schema}".idempotency WHERE created_at < {limit.format("created_at")})'
            )
        )
        return inbox.rowcount + keys.rowcount


async def measure(db: Database) -> int:
    """Set the gauges that need a query."""
    letters, parked = db.kernel.dead_letter, db.kernel.parked_key
    async with reading(db) as tx:
        count, age = await relay.pending(tx)
        metrics.OUTBOX_PENDING.set(count)
        metrics.OUTBOX_OLDEST_AGE.set(age)
        open_letters = select(func.count()).select_from(letters).where(letters.c.state == "open")
        metrics.DEAD_LETTERS.set((await tx.execute(open_letters)).scalar_one())
        metrics.PARKED_KEYS.set((await tx.execute(select(func.count()).select_from(parked))).scalar_one())
    return 0


def partition_name(day: date) -> str:
    """The archive's partition of a day (UTC)."""
    return f"outbox_archive_{day:%Y%m%d}"


async def _partitions(tx: Transaction) -> set[str]:
    found = await tx.rows(
        "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid "
        "WHERE inhparent = to_regclass($1) AND child.relname ~ '^outbox_archive_[0-9]{8}$'",
        (f'"{tx.kernel.schema}".outbox_archive',),
    )
    return {name for (name,) in found}


async def _create(tx: Transaction, day: date) -> None:
    schema = tx.kernel.schema
    await tx.execute(
        text(
            f'CREATE TABLE "{schema}".{partition_name(day)} PARTITION OF "{schema}".outbox_archive '
            f"FOR VALUES FROM ('{day} 00:00:00+00') TO ('{day + timedelta(days=1)} 00:00:00+00')"
        )
    )
