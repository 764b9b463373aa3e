"""One transaction per use case: it commits when the block ends, before the answer is sent.

Every driver error that means that the server is unavailable or busy becomes `DatabaseUnavailable`; a
connection that dies during COMMIT becomes `CommitUnknown`, which must never be retried blindly.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import asyncpg
from sqlalchemy import CursorResult, Executable
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.kernel.errors import ServiceError, Unavailable
from shared.kernel.text import Text
from shared.platform.db.engine import Database
from shared.platform.db.tables import KernelTables
from shared.platform.position import Entry

_DRIVER_ERRORS: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
LOCK_NOT_AVAILABLE: Final = "55P03"
_UNAVAILABLE_CLASSES: Final = ("08", "28", "53", "57P", "58")
_UNAVAILABLE_STATES: Final = frozenset(
    {
        "40001",  # serialization_failure
        "40P01",  # deadlock_detected
        LOCK_NOT_AVAILABLE,
        "57014",  # query_canceled: statement_timeout
        "25P03",  # idle_in_transaction_session_timeout
        "25P04",  # transaction_timeout
        "25006",  # read_only_sql_transaction: a standby after a fail-over
        "3D000",  # invalid_catalog_name: the database is being restored
    }
)


class DatabaseUnavailable(Unavailable):
    """PostgreSQL is unreachable, starting, out of connections, or did not answer in time. Nothing was committed."""

    code = "database_unavailable"
    title = Text(en="Database unavailable", zh="数据库暂不可用，请重试")


class Busy(DatabaseUnavailable):
    """Another transaction holds a row that this one needs, for longer than a request waits. Nothing was committed."""

    code = "busy"
    title = Text(en="Busy with other requests about the same thing", zh="正在处理对同一对象的其他请求，请稍后重试")


class CommitUnknown(DatabaseUnavailable):
    """The connection died during COMMIT: the work may or may not be stored. Re-read before doing it again."""

    code = "commit_unknown"
    title = Text(en="Outcome unknown; repeat with the same idempotency key", zh="结果未知，请使用同一幂等键重试")


class Transaction:
    """An open transaction: the connection, the service's kernel tables, and what it has appended.

    `published` holds the newest event of each aggregate (kind and id), in the order of publishing.
    """

    __slots__ = ("appended", "conn", "driver", "kernel", "published")

    def __init__(self, conn: AsyncConnection, driver: asyncpg.Connection, kernel: KernelTables) -> None:
        self.conn = conn
        self.driver = driver
        self.kernel = kernel
        self.appended = 0
        self.published: dict[tuple[str, str], Entry] = {}

    async def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Run one statement; a list of parameter mappings runs it for each."""
        return await self.conn.execute(statement, parameters)

    async def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run a statement in the driver's own form (`$1`), for hot paths; what it returns.

        Takes a third of the time of SQLAlchemy's execution; errors are SQLAlchemy's too. Tables need no schema: the
        connection's search path is the service's schema.
        """
        with _as_sqlalchemy(sql):
            found: list[tuple[Any, ...]] = await self.driver.fetch(sql, *parameters)
            return found


@asynccontextmanager
async def transaction(db: Database) -> AsyncIterator[Transaction]:
    """A transaction that commits when the block ends and rolls back when it raises.

    BEGIN and COMMIT are the driver's: the engine is in autocommit, so that SQLAlchemy sends none of its own.
    """
    with unavailable_when_away():
        async with _connected(db) as tx:
            try:
                await tx.rows("BEGIN")
                yield tx
                if tx.published:
                    await db.before_commit(tx)
            except BaseException:
                await _roll_back(tx)
                raise
            await _commit(tx)
    if tx.appended:
        db.events_committed()


@asynccontextmanager
async def savepoint(tx: Transaction) -> AsyncIterator[None]:
    """A part of the transaction; when the block raises, only it is rolled back, with its appended events."""
    appended, published = tx.appended, dict(tx.published)
    try:
        async with tx.conn.begin_nested():
            yield
    except BaseException:
        tx.appended, tx.published = appended, published
        raise


@asynccontextmanager
async def reading(db: Database) -> AsyncIterator[Transaction]:
    """Statements that only read, each with a snapshot of its own and no BEGIN or COMMIT to wait for."""
    with unavailable_when_away():
        async with _connected(db) as tx:
            yield tx


@asynccontextmanager
async def snapshot(db: Database) -> AsyncIterator[Transaction]:
    """Statements that only read, in one snapshot: their results are consistent with each other."""
    with unavailable_when_away():
        async with _connected(db) as tx:
            try:
                await tx.rows("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                yield tx
            finally:
                await _roll_back(tx)


@asynccontextmanager
async def _connected(db: Database) -> AsyncIterator[Transaction]:
    """A pooled connection; it is not returned when it broke or when its transaction is open."""
    async with db.engine.connect() as conn:
        driver: Any = (await conn.get_raw_connection()).driver_connection
        try:
            yield Transaction(conn, driver, db.kernel)
        finally:
            if driver.is_closed() or driver.is_in_transaction():
                await conn.invalidate()


@contextmanager
def _as_sqlalchemy(sql: str) -> Iterator[None]:
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        raise IntegrityError(sql, None, error, hide_parameters=True) from error
    except _DRIVER_ERRORS as error:
        raise DBAPIError(sql, None, error, hide_parameters=True) from error


@contextmanager
def integrity(errors: Mapping[str, Callable[[], ServiceError]]) -> Iterator[None]:
    """Turn the violation of a named constraint into the refusal it stands for."""
    try:
        yield
    except IntegrityError as error:
        refusal = errors.get(constraint_name(error) or "")
        if refusal is None:
            raise
        raise refusal() from error


@contextmanager
def unavailable_when_away() -> Iterator[None]:
    """Raise `DatabaseUnavailable` for driver errors that mean that the server cannot serve."""
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseUnavailable(detail="no free connection") from error
    except DBAPIError as error:
        if not means_unavailable(error):
            raise
        if sqlstate(error) == LOCK_NOT_AVAILABLE:
            raise Busy(detail="a row is locked") from error
        raise DatabaseUnavailable(detail="the database cannot serve now") from error
    except (ConnectionError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.InsufficientResourcesError) as error:
        raise DatabaseUnavailable(detail="the database cannot be reached") from error
    except (asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError, asyncpg.InvalidCatalogNameError) as error:
        raise DatabaseUnavailable(detail="the database closed the connection") from error


def means_unavailable(error: DBAPIError) -> bool:
    """Whether the same statement may succeed later without being changed."""
    if error.connection_invalidated:
        return True
    state = sqlstate(error)
    if state is None:
        own_trouble = asyncpg.InterfaceError | asyncpg.InternalClientError | OSError | TimeoutError
        return isinstance(_driver_error(error), own_trouble)
    return state in _UNAVAILABLE_STATES or state.startswith(_UNAVAILABLE_CLASSES)


def sqlstate(error: DBAPIError) -> str | None:
    """PostgreSQL's five-character error code, when the server sent one."""
    state = getattr(_driver_error(error), "sqlstate", None)
    return state if isinstance(state, str) else None


def constraint_name(error: DBAPIError) -> str | None:
    """The name of the violated constraint."""
    name = getattr(_driver_error(error), "constraint_name", None)
    return name if isinstance(name, str) else None


def _driver_error(error: DBAPIError) -> BaseException | None:
    original = error.orig
    if original is None or isinstance(original, _DRIVER_ERRORS):
        return original
    return original.__cause__ or original


async def _commit(tx: Transaction) -> None:
    try:
        await tx.rows("COMMIT")
    except DBAPIError as error:
        if means_unavailable(error):
            raise CommitUnknown(detail="the connection died during COMMIT") from error
        raise
    except (ConnectionError, TimeoutError) as error:
        raise CommitUnknown(detail="the connection died during COMMIT") from error


async def _roll_back(tx: Transaction) -> None:
    try:
        await tx.rows("ROLLBACK")
    except (DBAPIError, OSError, TimeoutError):
        await tx.conn.invalidate()
