"""How a revision changes a table that is being written to: bounded waits for locks, and indexes that are built beside."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from alembic import command
from sqlalchemy.exc import DBAPIError

from shared.platform.db.migrate import config
from shared.platform.db.transaction import sqlstate
from tests.house.test_migration_lint import CONCURRENTLY
from tests.support.revisions import write_revisions

MADE = 'op.execute("CREATE TABLE intake.case_file (note TEXT)")'
COLUMN = 'op.execute("ALTER TABLE intake.case_file ADD COLUMN further TEXT")'


async def migrate(folder: Path, url: str, revision: str) -> None:
    await asyncio.to_thread(command.upgrade, config("intake", url, folder=folder), revision)


async def test_a_revision_does_not_wait_long_for_a_lock(service_database: Callable[..., str], tmp_path: Path) -> None:
    url, folder = service_database(), write_revisions(tmp_path, "intake", made=MADE, column=COLUMN)
    await migrate(folder, url, "made")
    writer = await asyncpg.connect(url)
    async with writer.transaction():
        await writer.execute("INSERT INTO intake.case_file VALUES ('open')")
        with pytest.raises(DBAPIError) as refused:
            await asyncio.wait_for(migrate(folder, url, "column"), 30)
        assert sqlstate(refused.value) == "55P03"
    await migrate(folder, url, "column")
    assert await writer.fetchrow("SELECT * FROM intake.case_file") == ("open", None)
    await writer.close()


async def test_an_index_is_built_while_rows_are_written(service_database: Callable[..., str], tmp_path: Path) -> None:
    """As the lint asks for it: outside of a transaction, so that a write goes on while the build waits for another."""
    url, folder = service_database(), write_revisions(tmp_path, "intake", made=MADE, index=CONCURRENTLY)
    await migrate(folder, url, "made")
    older, writer = await asyncpg.connect(url), await asyncpg.connect(url)
    async with older.transaction():
        await older.execute("INSERT INTO intake.case_file VALUES ('older')")
        building = asyncio.create_task(migrate(folder, url, "index"))
        waits = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND wait_event_type = 'Lock'"
        async with asyncio.timeout(30):
            while not await writer.fetchval(waits):
                assert not building.done()
        await asyncio.wait_for(writer.execute("INSERT INTO intake.case_file VALUES ('written')"), 1)
        assert not building.done()
    await asyncio.wait_for(building, 30)
    found = await writer.fetchval(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = 'intake.ix_case_file_note'::regclass"
    )
    assert found is True
    await older.close()
    await writer.close()
