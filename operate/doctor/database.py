"""One service's database: connection, version, rights, migrations, clock, backlog. Nothing is written."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import asyncpg
from alembic.script import ScriptDirectory

from operate.doctor.finding import Finding, fail, ok, warn
from operate.doctor.installation import Part
from operate.doctor.secrets import check_secrets
from operate.runtime.databases import OLDEST, SERVICES
from shared.platform.db.migrate import config

CONNECT_SECONDS: Final = 5
SKEW_WARN_SECONDS: Final = 1.0
SKEW_FAIL_SECONDS: Final = 30.0
OLD_EVENT_SECONDS: Final = 60.0
_RIGHTS: Final = ("SELECT", "INSERT", "UPDATE", "DELETE")
_LACKING: Final = """
    SELECT table_name, right_name FROM unnest($2::text[]) AS right_name CROSS JOIN
        (SELECT tablename, format('%I.%I', schemaname, tablename) AS table_name
         FROM pg_tables WHERE schemaname = $1) AS mine
    WHERE NOT has_table_privilege(current_user, table_name, right_name)
        AND (tablename <> 'alembic_version' OR right_name = 'SELECT')
    ORDER BY 1, 2
"""
"""A service works with rows and reads which revision its schema has, which it cannot change (ADR 0071)."""
_READABLE: Final = """
    SELECT nspname FROM pg_namespace
    WHERE nspname = ANY($1::text[]) AND has_schema_privilege(current_user, nspname, 'USAGE') ORDER BY 1
"""
_OLDEST_EVENT: Final = (
    "SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM {}.outbox"
)


async def check_database(part: Part) -> AsyncIterator[Finding]:
    """The findings about one service's database; after a failed connection there is only that one."""
    service, url = part.service, part.settings.database_url
    where = _where(url)
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
        yield fail(
            "database.connection",
            service,
            f"{where} does not let the service in: {error or type(error).__name__}",
            advice="Is PostgreSQL running there, and is REDRESS_DATABASE_URL right? `redress migrate` makes the roles.",
        )
        return
    try:
        yield ok("database.connection", service, where)
        yield judged_version(service, connection.get_server_version().major)
        yield await _clock(connection, service)
        yield await _schema(connection, service)
        yield await _own_rights(connection, service)
        yield await _walls(connection, service)
        async for finding in _backlog(connection, service):
            yield finding
        async for finding in check_secrets(connection, part):
            yield finding
    finally:
        await connection.close()


def _where(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.username} at {parts.hostname}:{parts.port or 5432}{parts.path}"


def judged_version(service: str, major: int) -> Finding:
    """Whether the services can use PostgreSQL `major`."""
    if major < OLDEST:
        return fail(
            "database.version",
            service,
            f"PostgreSQL {major}",
            advice=f"Redress needs PostgreSQL {OLDEST} or newer: upgrade the server with pg_upgrade.",
        )
    return ok("database.version", service, f"PostgreSQL {major}")


async def _clock(connection: asyncpg.Connection, service: str) -> Finding:
    """The server's clock against this machine's, as exactly as the round trip allows."""
    began = time.time()
    there: datetime = await connection.fetchval("SELECT clock_timestamp()")
    ended = time.time()
    return judged_clock(service, there=there, began=began, ended=ended)


def judged_clock(service: str, *, there: datetime, began: float, ended: float) -> Finding:
    """What the server's instant says, which was asked for at `began` and known at `ended` (seconds since 1970)."""
    middle, unsure = (began + ended) / 2, (ended - began) / 2
    skew = there.timestamp() - middle
    at_least = abs(skew) - unsure
    said = f"{skew:+.3f} s from this machine's clock, ±{unsure:.3f} s ({datetime.fromtimestamp(middle, UTC):%H:%M:%SZ})"
    advice = "Synchronise both with NTP: alarms go off by the database's clock, tokens are judged by the services'."
    if at_least > SKEW_FAIL_SECONDS:
        return fail("database.clock", service, said, advice=advice)
    return (
        warn("database.clock", service, said, advice=advice)
        if at_least > SKEW_WARN_SECONDS
        else ok("database.clock", service, said)
    )


async def _schema(connection: asyncpg.Connection, service: str) -> Finding:
    exists = await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", f"{service}.alembic_version")
    present = await connection.fetchval(f'SELECT version_num FROM "{service}".alembic_version') if exists else None  # noqa: S608 (a service's name)
    script = ScriptDirectory.from_config(config(service, "postgresql://"))
    newest = script.get_current_head()
    known = {revision.revision for revision in script.walk_revisions()}
    if present == newest:
        return ok("database.migrations", service, f"at {present}, the newest of this code")
    if present is not None and present not in known:
        return warn(
            "database.migrations",
            service,
            f"at {present}, which this code does not know",
            advice="A newer version has migrated this database; bring the services to that version.",
        )
    return fail(
        "database.migrations",
        service,
        f"at {present or 'none'}, this code needs {newest}",
        advice="Run `redress migrate`.",
    )


async def _own_rights(connection: asyncpg.Connection, service: str) -> Finding:
    lacking = await connection.fetch(_LACKING, service, list(_RIGHTS))
    tables = await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = $1", service)
    if lacking or not tables:
        names = ", ".join(f"{right} on {table}" for table, right in lacking[:5]) or f"no table in schema {service}"
        return fail(
            "database.rights",
            service,
            f"the role lacks {names}" if lacking else names,
            advice="`redress prepare` with an administrator's login gives a service's role what it needs.",
        )
    return ok("database.rights", service, f"may read and write {tables} tables")


async def _walls(connection: asyncpg.Connection, service: str) -> Finding:
    """No service reads another's schema, which a superuser could."""
    others = [other for other in SERVICES if other != service]
    readable = [name for (name,) in await connection.fetch(_READABLE, others)]
    if await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        return fail(
            "database.walls",
            service,
            "the role is a superuser",
            advice=f"Let the service log in as redress_{service}, which `redress migrate` makes.",
        )
    if readable:
        return fail(
            "database.walls",
            service,
            f"the role may use the schemas of {', '.join(readable)}",
            advice=f"REVOKE ALL ON SCHEMA {', '.join(readable)} FROM PUBLIC, and from redress_{service}.",
        )
    return ok("database.walls", service, "reaches no schema of another service")


async def _backlog(connection: asyncpg.Connection, service: str) -> AsyncIterator[Finding]:
    if await connection.fetchval("SELECT to_regclass($1) IS NULL", f"{service}.parked_key"):
        return
    letters = await connection.fetchval(f"SELECT count(*) FROM {service}.dead_letter WHERE state = 'open'")  # noqa: S608 (a service's name)
    keys = await connection.fetchval(f"SELECT count(*) FROM {service}.parked_key")  # noqa: S608
    said = f"{letters} open dead letters, {keys} parked keys"
    advice = f"`redress dead-letter list --service {service}` shows why; then replay or discard them."
    is_well = letters == keys == 0
    yield ok("events.parked", service, said) if is_well else warn("events.parked", service, said, advice=advice)
    waiting, age = await connection.fetchrow(_OLDEST_EVENT.format(service))
    said = f"{waiting} events wait to be published" + (f", the oldest for {age:.0f} s" if waiting else "")
    if age > OLD_EVENT_SECONDS:
        yield fail(
            "events.outbox",
            service,
            said,
            advice="No relay publishes them: is a process of the service running that reaches Kafka? See its log.",
        )
    else:
        yield ok("events.outbox", service, said)
