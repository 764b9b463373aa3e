"""Bring a service's schema to a revision: one migrator at a time, never waiting long for a lock."""

import asyncio
import contextvars
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, column, select, table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared.platform.db.engine import asyncpg_url
from shared.platform.db.revisions import SERVICES_FOLDER
from shared.platform.db.tables import is_partition
from shared.platform.db.transaction import sqlstate

_LOCK_NOT_AVAILABLE: Final = "55P03"
_ATTEMPTS: Final = 15


def upgrade(service: str, url: str, revision: str = "head", *, role: str | None = None) -> None:
    """Create the schema when missing and apply the revisions up to `revision`.

    `role` is taken at the start of the session: it owns what is made, where the login of `url` is another.
    """
    made = config(service, url)
    made.attributes["role"] = role
    _without_waiting_for_locks(lambda: command.upgrade(made, revision))


def downgrade(service: str, url: str, revision: str = "base") -> None:
    """Revert revisions down to `revision`."""
    _without_waiting_for_locks(lambda: command.downgrade(config(service, url), revision))


def head(service: str) -> str:
    """The newest revision in the code."""
    revision = ScriptDirectory.from_config(config(service, "postgresql://")).get_current_head()
    if revision is None:
        raise ValueError(f"{service} has no migrations")
    return revision


def chain(service: str, *, folder: Path = SERVICES_FOLDER) -> tuple[str, ...]:
    """The revisions in the code, oldest first."""
    script = ScriptDirectory.from_config(config(service, "postgresql://", folder=folder))
    return tuple(revision.revision for revision in script.walk_revisions())[::-1]


async def current(service: str, url: str) -> str | None:
    """The revision that the database is at, None before the first."""
    engine = create_async_engine(asyncpg_url(url), poolclass=NullPool)
    try:
        async with engine.connect() as conn:
            version = table("alembic_version", column("version_num"), schema=service)
            exists = await conn.scalar(text("SELECT to_regclass(:name)"), {"name": f"{service}.alembic_version"})
            if exists is None:
                return None
            found: str | None = await conn.scalar(select(version.c.version_num))
            return found
    finally:
        await engine.dispose()


async def differences(metadata: MetaData, url: str) -> list[object]:
    """What autogenerate would change to make the database's schema equal to the tables; empty when nothing."""
    schema = str(metadata.schema)

    def compare(conn: Connection) -> list[object]:
        options = {
            "include_schemas": True,
            "compare_type": True,
            "version_table_schema": schema,
            "include_name": lambda name, kind, _: name == schema if kind == "schema" else not is_partition(name),
        }
        return list(compare_metadata(MigrationContext.configure(conn, opts=options), metadata))

    # With the schema in the search path, reflection would report its tables as having none.
    settings = {"server_settings": {"search_path": "pg_catalog"}}
    engine = create_async_engine(asyncpg_url(url), poolclass=NullPool, connect_args=settings)
    try:
        async with engine.connect() as conn:
            return await conn.run_sync(compare)
    finally:
        await engine.dispose()


def config(service: str, url: str, *, folder: Path = SERVICES_FOLDER) -> Config:
    """Alembic's configuration, made here so that no ini file can disagree with it."""
    made = Config()
    made.set_main_option("script_location", str(folder / service / "migrations"))
    made.set_main_option("path_separator", "os")
    made.attributes["url"] = asyncpg_url(url)
    return made


def _without_waiting_for_locks(work: Callable[[], None]) -> None:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _outside_any_loop(work)
        except DBAPIError as error:
            if sqlstate(error) != _LOCK_NOT_AVAILABLE or attempt == _ATTEMPTS:
                raise
            time.sleep(min(0.2 * attempt, 2.0))  # noqa: TID251 - PostgreSQL does not announce when a lock is free
        else:
            return


def _outside_any_loop(work: Callable[[], None]) -> None:
    """Alembic's environment runs a loop of its own, which needs a thread without one."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        work()
        return
    with ThreadPoolExecutor(1) as pool:
        pool.submit(contextvars.copy_context().run, work).result()
