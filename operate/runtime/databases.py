"""One database, and per service a login role that owns its own schema and can reach no other.

Works with any administrator's URL, that of the embedded server or the user's own; running it again changes nothing
but the passwords.
"""

from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import asyncpg

from operate.errors import OperatorError
from shared.contracts.catalogue import SERVICES as SERVICES

DATABASE = "redress"
OLDEST = 16
_MAINTENANCE = ("", "postgres")
_LIMITS = {
    "statement_timeout": "5s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "10s",
    "timezone": "UTC",
}


class DatabaseNotReachable(OperatorError):
    """The administrator's URL does not let us in."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"PostgreSQL at {urlsplit(url).hostname}:{urlsplit(url).port or 5432} does not let us in: {reason}",
            hint="DATABASE_URL=postgresql://user:password@host:port/postgres; the user may create roles and databases.",
        )


class RightsMissing(OperatorError):
    """The administrator of the URL is let in, but may not make what the services need."""

    def __init__(self, url: str, reason: str) -> None:
        parts = urlsplit(url)
        user, database = unquote(parts.username or "the user"), database_of(url)
        roles = ", ".join(role_of(service) for service in SERVICES)
        super().__init__(
            f"{user} may not set up database {database} on {parts.hostname}:{parts.port or 5432}: {reason}",
            hint=(
                f"Each service has a role and a schema of its own, so DATABASE_URL names a user who may make roles "
                f"and owns the database. A superuser grants it:\n"
                f'    ALTER ROLE "{user}" CREATEROLE;\n'
                f'    CREATE DATABASE "{database}" OWNER "{user}";   -- if it is there: ALTER DATABASE … OWNER TO …\n'
                f"  Roles that another user made ({roles}) belong to that user, who runs this or drops them first."
            ),
        )


class TooOld(OperatorError):
    """The server is a PostgreSQL that the services cannot use."""

    def __init__(self, url: str, version: int) -> None:
        super().__init__(
            f"PostgreSQL at {urlsplit(url).hostname}:{urlsplit(url).port or 5432} is version {version}.",
            hint=f"Redress needs PostgreSQL {OLDEST} or newer.",
        )


def role_of(service: str) -> str:
    return f"redress_{service}"


def database_of(admin_url: str) -> str:
    """The database in the URL, or `redress` when it names only the maintenance database."""
    name = urlsplit(admin_url).path.lstrip("/")
    return DATABASE if name in _MAINTENANCE else name


def with_database(admin_url: str, database: str) -> str:
    """The same URL for another database."""
    return urlunsplit(urlsplit(admin_url)._replace(path=f"/{database}"))


def service_url(admin_url: str, service: str, *, password: str) -> str:
    """The URL with which one service logs in."""
    host = urlsplit(admin_url).netloc.rpartition("@")[2]
    return f"postgresql://{role_of(service)}:{quote(password, safe='')}@{host}/{database_of(admin_url)}"


async def ensure_roles(admin_url: str, passwords: Mapping[str, str]) -> None:
    """Make the database, and each service's role, schema, rights and limits; `passwords` is by service."""
    try:
        await _ensure_all(admin_url, passwords)
    except asyncpg.InsufficientPrivilegeError as error:
        raise RightsMissing(admin_url, str(error)) from error


async def _ensure_all(admin_url: str, passwords: Mapping[str, str]) -> None:
    database = database_of(admin_url)
    if urlsplit(admin_url).path.lstrip("/") in _MAINTENANCE:
        await _ensure_database(with_database(admin_url, "postgres"), database)
    connection = await _connect(with_database(admin_url, database))
    try:
        if (version := connection.get_server_version().major) < OLDEST:
            raise TooOld(admin_url, version)
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext('redress roles'))")
            await connection.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
            await connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
            for service, password in passwords.items():
                await _ensure_service(connection, service, password=password, database=database)
    finally:
        await connection.close()


async def _ensure_database(maintenance_url: str, database: str) -> None:
    connection = await _connect(maintenance_url)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
            await connection.execute(f'CREATE DATABASE "{database}"')
    except asyncpg.DuplicateDatabaseError:
        pass
    finally:
        await connection.close()


async def _ensure_service(connection: asyncpg.Connection, service: str, *, password: str, database: str) -> None:
    role = role_of(service)
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
        await connection.execute(f'CREATE ROLE "{role}" LOGIN NOINHERIT')
    literal = await connection.fetchval("SELECT quote_literal($1::text)", password)
    await connection.execute(f'ALTER ROLE "{role}" PASSWORD {literal}')
    if not await connection.fetchval("SELECT pg_has_role(current_user, $1, 'SET')", role):
        await connection.execute(f'GRANT "{role}" TO CURRENT_USER')
    await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{service}" AUTHORIZATION "{role}"')
    await connection.execute(f'REVOKE ALL ON SCHEMA "{service}" FROM PUBLIC')
    await connection.execute(f'GRANT CONNECT ON DATABASE "{database}" TO "{role}"')
    limits = {**_LIMITS, "search_path": service}
    for name, value in limits.items():
        await connection.execute(f'ALTER ROLE "{role}" IN DATABASE "{database}" SET {name} = \'{value}\'')


async def _connect(url: str) -> asyncpg.Connection:
    try:
        return await asyncpg.connect(url, timeout=10)
    except asyncpg.InsufficientPrivilegeError:
        raise
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise DatabaseNotReachable(url, str(error) or type(error).__name__) from error
