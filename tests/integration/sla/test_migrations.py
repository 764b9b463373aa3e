"""Revisions go up and down, and the tables in the database are those of the code."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from services.sla.db.tables import METADATA
from shared.db.engine import asyncpg_url
from shared.db.kernel_ddl import is_partition
from shared.db.migrate import downgrade, upgrade


def differences(connection: Connection) -> list[Any]:
    def include_name(name: str | None, kind: str, _parents: object) -> bool:
        return name == "sla" if kind == "schema" else not (kind == "table" and is_partition(name))

    options = {
        "include_schemas": True,
        "include_name": include_name,
        "version_table_schema": "sla",
        "compare_type": True,
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), METADATA))


async def test_model_and_database_agree(service_database: Callable[..., str]) -> None:
    engine = create_async_engine(asyncpg_url(service_database("sla")))
    async with engine.connect() as conn:
        assert await conn.run_sync(differences) == []
    await engine.dispose()


async def test_up_down_up(service_database: Callable[..., str]) -> None:
    url = service_database("sla")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(downgrade, "sla", url).result()
        engine = create_async_engine(asyncpg_url(url))
        async with engine.connect() as conn:
            left = (
                (await conn.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'sla'"))).scalars().all()
            )
        assert left == ["alembic_version"]
        pool.submit(upgrade, "sla", url).result()
        async with engine.connect() as conn:
            assert await conn.run_sync(differences) == []
        await engine.dispose()
