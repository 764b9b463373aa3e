"""The Alembic environment of every service: its schema, its version table, no other schema.

# services/<svc>/migrations/env.py
from services.<svc>.db.tables import METADATA
from shared.platform.db import alembic_env
alembic_env.run("<svc>", METADATA)
"""

import asyncio
import importlib
import pkgutil
import zlib
from typing import Any, Final

from alembic import context
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared.platform.db.tables import is_partition

_LOCK_NAMESPACE: Final = 0x4D16
_LOCK_TIMEOUT: Final = "2s"
"""A statement that waits for a lock holds up every later one on the same table; `upgrade` tries again."""


def run(service: str, metadata: MetaData | None = None) -> None:
    """Run the migrations that Alembic's command asked for; called at import of a service's env.py."""
    target = metadata if metadata is not None else tables_of(service)
    if context.is_offline_mode():
        _configure(service, target, dialect_name="postgresql", literal_binds=True)
        context.execute(f"SET lock_timeout = '{_LOCK_TIMEOUT}'")
        with context.begin_transaction():
            context.run_migrations()
        return
    given: Connection | None = context.config.attributes.get("connection")
    if given is not None:
        _migrate(given, service, target)
        return
    asyncio.run(_connect_and_migrate(service, target))


async def _connect_and_migrate(service: str, target: MetaData) -> None:
    attributes = context.config.attributes
    settings = {"application_name": f"redress-{service}-migrations", "lock_timeout": _LOCK_TIMEOUT}
    if role := attributes.get("role"):
        settings["role"] = role
    engine = create_async_engine(attributes["url"], poolclass=NullPool, connect_args={"server_settings": settings})
    try:
        async with engine.connect() as conn:
            await conn.run_sync(_migrate, service, target)
    finally:
        await engine.dispose()


def _migrate(conn: Connection, service: str, target: MetaData) -> None:
    lock = {"space": _LOCK_NAMESPACE, "service": zlib.crc32(service.encode()) & 0x7FFFFFFF}
    conn.execute(text("SET lock_timeout = '60s'"))
    conn.execute(text("SELECT pg_advisory_lock(:space, :service)"), lock)
    try:
        conn.execute(text(f"SET lock_timeout = '{_LOCK_TIMEOUT}'"))
        if conn.scalar(text("SELECT to_regnamespace(:name)"), {"name": service}) is None:
            conn.execute(text(f'CREATE SCHEMA "{service}"'))
        conn.commit()
        _configure(service, target, connection=conn)
        with context.begin_transaction():
            context.run_migrations()
    finally:
        conn.rollback()
        conn.execute(text("SELECT pg_advisory_unlock(:space, :service)"), lock)
        conn.commit()


def _configure(service: str, target: MetaData, **options: Any) -> None:
    def include_name(name: str | None, kind: str, _parents: object) -> bool:
        return name == service if kind == "schema" else not (kind == "table" and is_partition(name))

    context.configure(
        target_metadata=target,
        version_table_schema=service,
        include_schemas=True,
        include_name=include_name,
        transaction_per_migration=True,
        compare_type=True,
        **options,
    )


def tables_of(service: str) -> MetaData:
    """The service's tables: those of its `store` modules and packages, all attached to one MetaData."""
    package = importlib.import_module(f"services.{service}")
    metadata: MetaData | None = None
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not {"store", "tables", "schema"}.isdisjoint(module.name.split(".")):
            found = getattr(importlib.import_module(module.name), "METADATA", None)
            metadata = found if isinstance(found, MetaData) else metadata
    if metadata is None:
        raise TypeError(f"no module of services.{service} has a METADATA")
    return metadata
