"""Each service's revisions go up, down and up again, and make exactly what its tables say: checks, defaults and indexes too."""

import asyncio
from collections.abc import Callable

import asyncpg
import pytest
from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from operate.runtime.databases import SERVICES
from shared.platform.db.alembic_env import tables_of
from shared.platform.db.engine import asyncpg_url
from shared.platform.db.migrate import config, current, downgrade, head, upgrade

# Partitions are made by the day and mentioned by no model; Alembic's own table neither.
OURS = "NOT LIKE ALL (ARRAY['outbox\\_archive\\_%', 'alembic\\_version%', '%alembic\\_version%'])"
CATALOGUE = {
    "columns": f"""
        SELECT table_name, column_name, udt_name, is_nullable, column_default, is_identity, generation_expression
        FROM information_schema.columns WHERE table_schema = $1 AND table_name {OURS}""",
    "constraints": f"""
        SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        WHERE c.relnamespace = $1::text::regnamespace AND c.relname {OURS} AND k.contype <> 't'""",
    "indexes": f"SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = $1 AND tablename {OURS}",
}
REST = {
    "functions": "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = $1::text::regnamespace",
    "triggers": """
        SELECT tgname, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
        WHERE c.relnamespace = $1::text::regnamespace AND NOT tgisinternal""",
    "objects": "SELECT relname, relkind, reloptions FROM pg_class WHERE relnamespace = $1::text::regnamespace",
}

pytestmark = pytest.mark.parametrize("service", SERVICES)


async def catalogue(url: str, schema: str, queries: dict[str, str]) -> dict[str, set[tuple[str, ...]]]:
    """What is in the schema, as the server describes it."""
    connection = await asyncpg.connect(url, server_settings={"search_path": "pg_catalog"})
    found = {
        name: {tuple(map(str, row)) for row in await connection.fetch(query, schema)} for name, query in queries.items()
    }
    await connection.close()
    return found


async def test_up_down_up(service: str, service_database: Callable[..., str]) -> None:
    url = service_database(service)
    first = await catalogue(url, service, CATALOGUE | REST)
    assert await current(service, url) == head(service)
    await asyncio.to_thread(command.check, config(service, url))  # `alembic check` raises when there is a difference

    downgrade(service, url)
    left = await catalogue(url, service, REST)
    assert {name for name, *_ in left["objects"]} <= {"alembic_version", "alembic_version_pkc"}
    assert (left["functions"], left["triggers"]) == (set(), set())

    upgrade(service, url)
    assert await catalogue(url, service, CATALOGUE | REST) == first


async def test_the_tables_of_the_code_are_those_of_the_revisions(
    service: str, service_database: Callable[..., str]
) -> None:
    metadata = tables_of(service)
    migrated, made = service_database(service), service_database()

    def make(connection: Connection) -> None:
        connection.execute(text(f"CREATE SCHEMA {service}"))
        metadata.create_all(connection)

    engine = create_async_engine(asyncpg_url(made))
    async with engine.begin() as connection:
        await connection.run_sync(make)
    await engine.dispose()

    ours, theirs = await catalogue(migrated, service, CATALOGUE), await catalogue(made, service, CATALOGUE)
    assert len(ours["columns"]) > 50
    assert {name: ours[name] ^ theirs[name] for name in CATALOGUE} == {name: set() for name in CATALOGUE}
