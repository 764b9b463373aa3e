"""The kernel's tables: the published revisions make what the model says, and can be taken back."""

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from shared.platform.db.engine import Database
from shared.platform.db.kernel_revisions import first
from shared.platform.db.migrate import differences
from shared.platform.maintenance import DAYS_AHEAD, archive_partitions, purge
from tests.support.probe import METADATA


async def test_model_and_ddl_do_not_differ(probe_url: str) -> None:
    assert await differences(METADATA, probe_url) == []


async def test_a_missing_column_is_noticed(db: Database, probe_url: str) -> None:
    async with db.engine.begin() as conn:
        await conn.execute(text("ALTER TABLE probe.outbox DROP COLUMN traceparent"))
    assert len(await differences(METADATA, probe_url)) == 1


async def test_drop_leaves_nothing_of_the_kernel(db: Database) -> None:
    async with db.engine.begin() as conn:
        await conn.run_sync(lambda sync: first.downgrade(Operations(MigrationContext.configure(sync)), "probe"))
        left = await conn.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'probe'"))
        assert [name for (name,) in left] == ["handled"]


async def test_archive_partitions_are_made_ahead_once_and_dropped_when_old(db: Database) -> None:
    async with db.engine.begin() as conn:
        await conn.execute(
            text(
                "CREATE TABLE probe.outbox_archive_20200101 PARTITION OF probe.outbox_archive "
                "FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2020-01-02 00:00:00+00')"
            )
        )
    await archive_partitions(db)
    await archive_partitions(db)
    async with db.engine.connect() as conn:
        found = await conn.execute(text("SELECT relname FROM pg_class WHERE relname ~ '^outbox_archive_[0-9]{8}$'"))
        names = [name for (name,) in found]
    assert len(names) == DAYS_AHEAD
    assert "outbox_archive_20200101" not in names


async def test_purge_takes_what_is_past_keeping_and_nothing_else(db: Database) -> None:
    insert = (
        "INSERT INTO probe.inbox (consumer, event_id, org_id, topic, received_at) "
        "VALUES ('c', gen_random_uuid(), gen_random_uuid(), 't', now() - interval '{}')"
    )
    async with db.engine.begin() as conn:
        await conn.execute(text(insert.format("30 days 1 minute")))
        await conn.execute(text(insert.format("29 days 23 hours")))
    assert await purge(db) == 1
    assert await purge(db) == 0
