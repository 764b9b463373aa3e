"""The bare statements that a complaint needs, over the driver, without a rule: the limit of what a complaint can cost.

For each request one transaction with the answer kept under its key, the case locked, read and written, a line of
history and an event; for each event its way through outbox, archive and inboxes in batches; for each message its row,
sent. No HTTP, no broker, no validation. The rows have the sizes of those of the reference pack's main job.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from shared.kernel.ids import new_id

BATCH: Final = 20
"""Events that are relayed, and handled, together."""
_ROW: Final = '{"facts": "' + "x" * 700 + '"}'
_EVENT: Final = '{"data": "' + "x" * 550 + '"}'
_SCHEMA: Final = """
    CREATE SCHEMA bare;
    CREATE TABLE bare.file (org uuid, id uuid, body jsonb, version bigint, PRIMARY KEY (org, id));
    CREATE TABLE bare.answer (org uuid, key text, body bytea, PRIMARY KEY (org, key));
    CREATE TABLE bare.entry (org uuid, id uuid, entry uuid, body jsonb, PRIMARY KEY (org, id, entry));
    CREATE TABLE bare.outbox (id uuid PRIMARY KEY, org uuid, body text);
    CREATE TABLE bare.archive (id uuid PRIMARY KEY, org uuid, body text);
    CREATE TABLE bare.inbox (consumer int, id uuid, org uuid, PRIMARY KEY (consumer, id));
    CREATE TABLE bare.copy (consumer int, id uuid, body jsonb, PRIMARY KEY (consumer, id));
    CREATE TABLE bare.message (id uuid PRIMARY KEY, org uuid, body jsonb, state text);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How many of each a complaint has, as measured."""

    requests: int
    events: int
    handlings: int
    messages: int


async def measure(url: str, shape: Shape, *, complaints: int, cpu: Callable[[], float]) -> float:
    """Milliseconds of CPU of one bare complaint: `cpu` tells the seconds of this process and of PostgreSQL so far."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_SCHEMA)
        org = new_id()
        for _ in range(5):
            await _complaint(connection, org, shape)
        before, began = cpu(), time.perf_counter()
        for _ in range(complaints):
            await _complaint(connection, org, shape)
        used = cpu() - before
        print(f"         bare: {complaints / (time.perf_counter() - began):.0f}/s over one connection", flush=True)
        return used * 1000 / complaints
    finally:
        await connection.execute("DROP SCHEMA IF EXISTS bare CASCADE")
        await connection.close()


async def _complaint(db: Any, org: str, shape: Shape) -> None:
    case = new_id()
    await db.execute("INSERT INTO bare.file VALUES ($1, $2, $3, 1)", org, case, _ROW)
    for _ in range(shape.requests):
        async with db.transaction():
            await db.execute("INSERT INTO bare.answer VALUES ($1, $2, $3)", org, new_id(), _EVENT.encode())
            await db.fetchrow("SELECT body, version FROM bare.file WHERE org = $1 AND id = $2 FOR UPDATE", org, case)
            await db.execute(
                "UPDATE bare.file SET body = $3, version = version + 1 WHERE org = $1 AND id = $2", org, case, _ROW
            )
            await db.execute("INSERT INTO bare.entry VALUES ($1, $2, $3, $4)", org, case, new_id(), _EVENT)
    events = [new_id() for _ in range(shape.events)]
    await db.execute("INSERT INTO bare.outbox SELECT id, $2, $3 FROM unnest($1::uuid[]) AS e (id)", events, org, _EVENT)
    for first in range(0, len(events), BATCH):
        await db.execute(
            "WITH moved AS (DELETE FROM bare.outbox WHERE id = ANY($1::uuid[]) RETURNING *)"
            " INSERT INTO bare.archive SELECT * FROM moved",
            events[first : first + BATCH],
        )
    for number in range(0, shape.handlings, BATCH):
        await _handled(db, org, consumer=number, ids=[new_id() for _ in range(min(BATCH, shape.handlings - number))])
    for _ in range(0, shape.messages, BATCH):
        ids = [new_id() for _ in range(min(BATCH, shape.messages))]
        await db.execute(
            "INSERT INTO bare.message SELECT id, $2, $3, 'queued' FROM unnest($1::uuid[]) AS m (id)", ids, org, _ROW
        )
        await db.execute("UPDATE bare.message SET state = 'sent' WHERE id = ANY($1::uuid[])", ids)


async def _handled(db: Any, org: str, *, consumer: int, ids: list[str]) -> None:
    async with db.transaction():
        await db.execute(
            "INSERT INTO bare.inbox SELECT $3, id, $2 FROM unnest($1::uuid[]) AS e (id)", ids, org, consumer
        )
        await db.execute(
            "INSERT INTO bare.copy SELECT $2, id, $3 FROM unnest($1::uuid[]) AS e (id)"
            " ON CONFLICT (consumer, id) DO UPDATE SET body = excluded.body",
            ids,
            consumer,
            _ROW,
        )
