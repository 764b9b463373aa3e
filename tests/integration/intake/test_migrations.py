"""The schema goes up, down and up again, and is what the tables say."""

import asyncio
from collections.abc import Callable

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from services.intake.db.tables import METADATA
from shared.db.engine import asyncpg_url
from shared.db.kernel_ddl import is_partition
from shared.db.migrate import current, downgrade, upgrade


def _differences(conn: Connection) -> list[object]:
    def include_name(name: str | None, kind: str, _parents: object) -> bool:
        return name == "intake" if kind == "schema" else not (kind == "table" and is_partition(name))

    options = {
        "include_schemas": True,
        "include_name": include_name,
        "compare_type": True,
        "version_table_schema": "intake",
    }
    return list(compare_metadata(MigrationContext.configure(conn, opts=options), METADATA))


async def test_up_down_up_and_no_drift(service_database: Callable[..., str]) -> None:
    url = service_database("intake")
    await asyncio.to_thread(downgrade, "intake", url)
    assert await current("intake", url) is None
    await asyncio.to_thread(upgrade, "intake", url)
    engine = create_async_engine(asyncpg_url(url))
    async with engine.connect() as conn:
        differences = await conn.run_sync(_differences)
    await engine.dispose()
    assert differences == []
