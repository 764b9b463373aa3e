"""One database, and per service a schema, a role that owns it, and a login role that reads and writes its rows.

The owner (`redress_<service>_owner`) cannot log in: migrations run under the administrator's login and take its role.
The service logs in as `redress_<service>`, which can change no table, function or trigger, its own schema's neither,
and reaches no other schema. Works with any administrator's URL, that of the embedded server or the user's own; running
it again changes nothing but the passwords.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import asyncpg

from operate.errors import OperatorError
from shared.contracts.catalogue import SERVICES as SERVICES

DATABASE = "redress"
OLDEST = 16
_MAINTENANCE = ("", "postgres")
_LOCK_TIMEOUT = "200ms"
_ATTEMPTS = 40
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
        roles = ", ".join(f"{role_of(service)}, {owner_of(service)}" for service in SERVICES)
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


def owner_of(service: str) -> str:
    """The role that owns the service's schema; it cannot log in."""
    return f"{role_of(service)}_owner"


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


async def ensure_rights(admin_url: str, services: Iterable[str]) -> None:
    """Give the services' roles their rights on what migrations have made, of which the version table is only read."""
    connection = await _connect(with_database(admin_url, database_of(admin_url)))
    try:
        for service in services:
            async with connection.transaction():
                await _grant_rows(connection, service)
    finally:
        await connection.close()


async def _ensure_all(admin_url: str, passwords: Mapping[str, str]) -> None:
    database = database_of(admin_url)
    if urlsplit(admin_url).path.lstrip("/") in _MAINTENANCE:
        await _ensure_database(with_database(admin_url, "postgres"), database)
    connection = await _connect(with_database(admin_url, database))
    try:
        if (version := connection.get_server_version().major) < OLDEST:
            raise TooOld(admin_url, version)
        async with _alone(connection):
            await connection.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
            await connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        for service, password in passwords.items():
            await _ensure_service(connection, service, password=password, database=database)
    finally:
        await connection.close()


@asynccontextmanager
async def _alone(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """A transaction that no other of these goes on beside, and that waits for no other lock for long."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('redress roles'))")
        await connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
        yield


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
    """Try again while another transaction is in the way: a new owner needs each table for itself for a moment.

    Services go on meanwhile: a wait here is shorter than the second after which PostgreSQL looks for a deadlock, so it
    ends no transaction of theirs.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            async with _alone(connection):
                await _make_service(connection, service, password=password, database=database)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if attempt == _ATTEMPTS:
                raise
            await asyncio.sleep(0.05 * attempt)
        else:
            return


async def _make_service(connection: asyncpg.Connection, service: str, *, password: str, database: str) -> None:
    role, owner = role_of(service), owner_of(service)
    await _ensure_role(connection, role, "LOGIN NOINHERIT")
    await _ensure_role(connection, owner, "NOLOGIN")
    literal = await connection.fetchval("SELECT quote_literal($1::text)", password)
    await connection.execute(f'ALTER ROLE "{role}" PASSWORD {literal}')
    await connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{service}" AUTHORIZATION "{owner}"')
    await _take_from_service(connection, service)
    await _grant_rows(connection, service)
    await connection.execute(f'GRANT CONNECT ON DATABASE "{database}" TO "{role}"')
    limits = {**_LIMITS, "search_path": service}
    for name, value in limits.items():
        await connection.execute(f'ALTER ROLE "{role}" IN DATABASE "{database}" SET {name} = \'{value}\'')


async def _ensure_role(connection: asyncpg.Connection, role: str, attributes: str) -> None:
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
        await connection.execute(f'CREATE ROLE "{role}" {attributes}')
    if not await connection.fetchval("SELECT pg_has_role(current_user, $1, 'SET')", role):
        await connection.execute(f'GRANT "{role}" TO CURRENT_USER')


async def _take_from_service(connection: asyncpg.Connection, service: str) -> None:
    """Give the owner what an installation before this role made under the service's own."""
    role, owner = role_of(service), owner_of(service)
    is_the_services = "SELECT nspowner = $2::text::regrole FROM pg_namespace WHERE nspname = $1"
    if await connection.fetchval(is_the_services, service, role):
        await connection.execute(f'ALTER SCHEMA "{service}" OWNER TO "{owner}"')
        await connection.execute(f'REASSIGN OWNED BY "{role}" TO "{owner}"')


async def _grant_rows(connection: asyncpg.Connection, service: str) -> None:
    """The service's role may work with rows and sequences that are there or will be; the version table it only reads.

    Granted as the owner: an administrator who is no superuser has its rights only after SET ROLE.
    """
    role, schema = role_of(service), f'SCHEMA "{service}"'
    await connection.execute(f'SET LOCAL ROLE "{owner_of(service)}"')
    await connection.execute(f"REVOKE ALL ON {schema} FROM PUBLIC")
    await connection.execute(f'GRANT USAGE ON {schema} TO "{role}"')
    for rights, kind in (("SELECT, INSERT, UPDATE, DELETE", "TABLES"), ("USAGE, SELECT", "SEQUENCES")):
        await connection.execute(f'GRANT {rights} ON ALL {kind} IN {schema} TO "{role}"')
        await connection.execute(f'ALTER DEFAULT PRIVILEGES IN {schema} GRANT {rights} ON {kind} TO "{role}"')
    if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", f"{service}.alembic_version"):
        await connection.execute(f'REVOKE INSERT, UPDATE, DELETE ON "{service}".alembic_version FROM "{role}"')
    await connection.execute("RESET ROLE")


async def _connect(url: str) -> asyncpg.Connection:
    try:
        return await asyncpg.connect(url, timeout=10)
    except asyncpg.InsufficientPrivilegeError:
        raise
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise DatabaseNotReachable(url, str(error) or type(error).__name__) from error
