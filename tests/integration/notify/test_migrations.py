"""The schema can be made, taken back and made again, and is what the model says."""

from collections.abc import Callable

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from services.notify.db.tables import METADATA
from shared.db.engine import asyncpg_url
from shared.db.kernel_ddl import is_partition
from shared.db.migrate import downgrade, upgrade

CloneDatabase = Callable[[str, Callable[[str], None]], str]


def test_up_down_up(clone_database: CloneDatabase) -> None:
    url = clone_database("empty", lambda _url: None)
    upgrade("notify", url)
    downgrade("notify", url)
    upgrade("notify", url)


async def test_the_model_is_the_schema(service_database: Callable[..., str]) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: name == "notify" if kind == "schema" else not is_partition(name),
                "include_object": lambda _o, name, kind, _r, _c: not (kind == "table" and name == "alembic_version"),
            },
        )
        return list(compare_metadata(context, METADATA))

    engine = create_async_engine(asyncpg_url(service_database("notify")))
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        checks = await connection.scalar(
            text("SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND conrelid = 'notify.message'::regclass")
        )
        assert checks == 9
    await engine.dispose()
