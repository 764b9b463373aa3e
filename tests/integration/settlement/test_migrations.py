"""The schema goes up, down and up again, and is what the tables say."""

from collections.abc import Callable

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from services.settlement.db.tables import METADATA
from shared.db.engine import asyncpg_url
from shared.db.kernel_ddl import is_partition
from shared.db.migrate import downgrade, upgrade


async def test_up_down_up(service_database: Callable[..., str]) -> None:
    url = service_database("settlement")
    downgrade("settlement", url)
    engine = create_async_engine(asyncpg_url(url))
    async with engine.connect() as conn:
        left = await conn.execute(
            text("SELECT relname FROM pg_class WHERE relnamespace = 'settlement'::regnamespace AND relkind = 'r'")
        )
        assert set(left.scalars()) <= {"alembic_version"}
    upgrade("settlement", url)
    async with engine.connect() as conn:
        assert await conn.run_sync(_differences) == []
    await engine.dispose()


def _differences(conn: Connection) -> list[object]:
    def include_name(name: str | None, kind: str, _parents: object) -> bool:
        return name == "settlement" if kind == "schema" else not (kind == "table" and is_partition(name))

    options = {"include_schemas": True, "include_name": include_name, "version_table_schema": "settlement"}
    return list(compare_metadata(MigrationContext.configure(conn, opts=options), METADATA))
