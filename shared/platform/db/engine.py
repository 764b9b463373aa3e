"""Connections to PostgreSQL: one pool per process, every wait bounded by the server.

A cancelled query costs its connection with asyncpg, so handlers are bounded by the server's
time-outs and not by cancelling them.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.platform.db.tables import KernelTables

if TYPE_CHECKING:
    from shared.platform.db.transaction import Transaction

POOL_TIMEOUT_SECONDS: Final = 2.0
CONNECT_TIMEOUT_SECONDS: Final = 5.0
COMMAND_TIMEOUT_SECONDS: Final = 10.0
SERVER_SETTINGS: Final = {
    "statement_timeout": "5s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "10s",
    "timezone": "UTC",
    "jit": "off",
}


def _not_in_this_process() -> None:
    """The relay and the jobs run in another process, which is told or polls."""


async def _nothing_more(_tx: "Transaction") -> None:
    """A service without projections of its own."""


@dataclass(slots=True)
class Database:
    """The pool, the kernel's tables, what ends each transaction, and who is to know of a commit.

    `wake_relay` and `wake_jobs` are this process's, `tell_others` is for the other processes of the service.
    `before_commit` runs in every transaction that published an event, as its last part: a service brings up to date
    there what it derives from its own writes.
    """

    engine: AsyncEngine
    kernel: KernelTables
    wake_relay: Callable[[], None] = _not_in_this_process
    wake_jobs: Callable[[], None] = _not_in_this_process
    tell_others: Callable[[], None] = _not_in_this_process
    before_commit: "Callable[[Transaction], Awaitable[None]]" = _nothing_more
    apart: "Callable[[], Database]" = field(kw_only=True)
    """Another pool to the same database, with one connection: it takes none from the requests."""

    def events_committed(self) -> None:
        """There is something to publish."""
        self.wake_relay()
        self.tell_others()

    def work_committed(self) -> None:
        """There may be something for a job."""
        self.wake_jobs()
        self.tell_others()

    async def dispose(self) -> None:
        """Close all pooled connections."""
        await self.engine.dispose()


def connect(url: str, *, kernel: KernelTables, pool_size: int = 32, application_name: str) -> Database:
    """A pool that connects when first used; at least as large as the admission limit."""
    schema = kernel.schema
    engine = create_async_engine(
        asyncpg_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        pool_recycle=1800,
        pool_use_lifo=True,
        hide_parameters=True,
        isolation_level="AUTOCOMMIT",  # transactions are begun in shared.platform.db.transaction
        json_serializer=_to_json,
        json_deserializer=orjson.loads,
        connect_args={
            "timeout": CONNECT_TIMEOUT_SECONDS,
            "command_timeout": COMMAND_TIMEOUT_SECONDS,
            "statement_cache_size": 500,
            "server_settings": {**SERVER_SETTINGS, "application_name": application_name, "search_path": schema},
        },
    )
    event.listen(engine.sync_engine, "checkout", _refuse_closed)

    def apart() -> Database:
        return connect(url, kernel=kernel, pool_size=1, application_name=f"{application_name}-apart")

    return Database(engine=engine, kernel=kernel, apart=apart)


def _refuse_closed(adapted: Any, *_rest: object) -> None:
    """Do not hand out a connection that the server has closed, such as any from before its restart."""
    if adapted.driver_connection.is_closed():
        raise InvalidatePoolError


def asyncpg_url(url: str) -> str:
    """`url` with this project's driver, for any PostgreSQL scheme."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.partition("+")[0] not in {"postgres", "postgresql"}:
        raise ValueError("a database URL starts with postgresql://")
    return f"postgresql+asyncpg://{rest}"


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()
