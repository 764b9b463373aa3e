"""What a stretch of work costs the database: statements, transactions, bytes of write-ahead log and of events."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from operate.runtime.databases import SERVICES
from operate.runtime.parts import admin_url, database_url
from operate.runtime.stack import Stack

POSTGRES_OPTIONS: Final = {"shared_preload_libraries": "pg_stat_statements"}
"""Statements are counted by PostgreSQL itself."""
_STATEMENTS: Final = """
    SELECT coalesce(sum(calls), 0)::bigint FROM public.pg_stat_statements
    JOIN pg_roles ON pg_roles.oid = userid WHERE rolname = ANY($1)
"""
_DEAREST: Final = """
    SELECT rolname, calls, total_exec_time, query FROM public.pg_stat_statements
    JOIN pg_roles ON pg_roles.oid = userid WHERE rolname = ANY($1) ORDER BY total_exec_time DESC LIMIT $2
"""
_TRANSACTIONS: Final = "SELECT sum(xact_commit + xact_rollback)::bigint FROM pg_stat_database"
_EVENTS: Final = " UNION ALL ".join(
    f"SELECT count(*), coalesce(sum(length(payload)), 0) FROM {service}.outbox_archive WHERE created_at >= $1"
    for service in SERVICES
)
_LAGS: Final = " UNION ALL ".join(
    f"SELECT extract(epoch FROM i.received_at - e.created_at)::float8, e.created_at FROM {consumer}.inbox i"
    f" JOIN {producer}.outbox_archive e ON e.id = i.event_id WHERE e.created_at >= $1"
    for consumer in SERVICES
    for producer in SERVICES
    if consumer != producer
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseWork:
    """Of all services together; `lags` are seconds from commit to inbox of each handling, in the order of commits."""

    statements: int
    transactions: int
    wal_bytes: int
    events: int
    event_bytes: int
    lags: list[float]

    def each(self, count: int) -> dict[str, float]:
        """The same for each of `count` things, without the lags."""
        return {name: value / count for name, value in asdict(self).items() if name != "lags"}


class Observer:
    """Counts from `begin` on; an administrator's connection to the services' database."""

    def __init__(self, stack: Stack) -> None:
        database = urlsplit(database_url("intake", stack.state)).path
        self.url = urlunsplit(urlsplit(admin_url(stack.state))._replace(path=database))
        self._roles = [urlsplit(database_url(service, stack.state)).username for service in SERVICES]
        self._connection: Any = None
        self._since: datetime | None = None
        self._before: tuple[int, Any] = (0, None)

    async def open(self) -> None:
        """Connect, and have PostgreSQL look at its tables: plans made while they were empty read them whole."""
        self._connection = await asyncpg.connect(self.url)
        await self._connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public")
        await self._connection.execute("ANALYZE")

    async def begin(self) -> None:
        """Count anew."""
        await self._connection.execute("SELECT public.pg_stat_statements_reset()")
        self._since = await self._connection.fetchval("SELECT clock_timestamp()")
        self._before = await self._totals()

    async def end(self) -> DatabaseWork:
        """What was done since `begin`."""
        transactions, log = await self._totals()
        told = await self._connection.fetch(_EVENTS, self._since)
        lags = await self._connection.fetch(f"SELECT * FROM ({_LAGS}) AS lag (seconds, at) ORDER BY at", self._since)
        return DatabaseWork(
            statements=await self._connection.fetchval(_STATEMENTS, self._roles),
            transactions=transactions - self._before[0],
            wal_bytes=int(await self._connection.fetchval("SELECT $1::pg_lsn - $2::pg_lsn", log, self._before[1])),
            events=sum(row[0] for row in told),
            event_bytes=int(sum(row[1] for row in told)),
            lags=[row["seconds"] for row in lags],
        )

    async def dearest(self, count: int) -> list[tuple[str, int, float, str]]:
        """The statements that took PostgreSQL longest since `begin`: role, calls, milliseconds, text."""
        return [tuple(row) for row in await self._connection.fetch(_DEAREST, self._roles, count)]

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()

    async def _totals(self) -> tuple[int, Any]:
        row = await self._connection.fetchrow(f"SELECT ({_TRANSACTIONS}), pg_current_wal_lsn()")
        return int(row[0]), row[1]
