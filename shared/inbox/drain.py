"""Runs the events of parked keys again, in order, and unparks a key when its queue is empty.

A key is taken when an operator asked for it (`replaying`) or when it waits for something that may
have come by now (`retry_at`). One event is one transaction, under the lock of the key's row, which
consumers hold shared while they queue: so no event can slip in behind the last one unnoticed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import RowMapping, delete, func, or_, select, update

from shared.clock import OrganisationUnknown
from shared.db.engine import Database
from shared.db.transaction import DatabaseUnavailable, Transaction, transaction
from shared.errors import Unavailable
from shared.inbox import dead_letter, ledger
from shared.inbox.arrival import Arrival, Route, arrival_of, call, headers_from_json
from shared.inbox.consume import may_pass
from shared.kafka.port import Record
from shared.observability.context import from_event, use
from shared.observability.logging import logger

RETRY_FIRST: Final = timedelta(seconds=3)
RETRY_LONGEST: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class ParkedKey:
    """The key that a round works on."""

    org_id: str
    consumer: str
    key: str
    attempts: int


class Drain:
    """The job that empties parked queues; `routes` by consumer, then by event type."""

    def __init__(self, routes: Mapping[str, Mapping[str, Route]]) -> None:
        self._routes = routes

    async def run(self, db: Database) -> int:
        """Run one parked event, or unpark one empty key; 0 when there is nothing to do."""
        taken: list[ParkedKey] = []
        try:
            async with transaction(db) as tx:
                key = await _take(tx)
                if key is None:
                    return 0
                taken.append(key)
                await self._advance(tx, key)
        except DatabaseUnavailable:
            raise
        except Exception as error:
            if not taken:
                raise
            await _leave_parked(db, taken[0], error)
        return 1

    async def _advance(self, tx: Transaction, key: ParkedKey) -> None:
        """Handle the oldest waiting event of one topic; when it waits for something, that of another topic.

        Order is promised per topic and key only, and what the one waits for may stand in the other's queue.
        """
        heads = await _heads(tx, key)
        if not heads:
            await _unpark(tx, key)
            return
        waiting: Exception | None = None
        for row in heads:
            await tx.rows("SAVEPOINT head")
            try:
                await self._handle(tx, key, arrival_of(_record(row)))
            except DatabaseUnavailable:
                raise
            except (Unavailable, OrganisationUnknown) as error:
                await tx.rows("ROLLBACK TO SAVEPOINT head")
                waiting = error
                continue
            await _remove(tx, key, row=row)
            await _close_letters(tx, key, row=row)
            return
        if waiting is not None:
            raise waiting

    async def _handle(self, tx: Transaction, key: ParkedKey, arrival: Arrival) -> None:
        event = arrival.attributes
        if event is None:
            raise arrival.problem or ValueError("the record has no attributes")
        await ledger.remember(tx, key.consumer, [(event, arrival.record.topic)])
        route = self._routes.get(key.consumer, {}).get(event.type)
        with use(from_event(correlation_id=event.correlation_id, traceparent=event.traceparent, org=event.org)):
            if route is not None:
                await call(tx, arrival, route)
        await ledger.set_outcome(tx, key.consumer, event_ids=[event.id], outcome="handled")


async def _take(tx: Transaction) -> ParkedKey | None:
    table = tx.kernel.parked_key
    wanted = or_(table.c.state == "replaying", table.c.retry_at <= func.now())
    statement = select(table).where(wanted).order_by(table.c.parked_at).limit(1)
    row = (await tx.execute(statement.with_for_update(skip_locked=True))).mappings().one_or_none()
    if row is None:
        return None
    return ParkedKey(row["org_id"], row["consumer"], row["key"], row["attempts"])


async def _heads(tx: Transaction, key: ParkedKey) -> Sequence[RowMapping]:
    """The oldest waiting event of each topic, oldest first."""
    table = tx.kernel.parked_event
    mine = (table.c.org_id == key.org_id, table.c.consumer == key.consumer, table.c.key == key.key)
    oldest = select(func.min(table.c.seq)).where(*mine).group_by(table.c.topic)
    return (
        (await tx.execute(select(table).where(*mine, table.c.seq.in_(oldest)).order_by(table.c.seq))).mappings().all()
    )


async def _remove(tx: Transaction, key: ParkedKey, *, row: RowMapping) -> None:
    table = tx.kernel.parked_event
    mine = (table.c.org_id == key.org_id, table.c.consumer == key.consumer, table.c.key == key.key)
    await tx.execute(delete(table).where(*mine, table.c.seq == row["seq"]))


async def _unpark(tx: Transaction, key: ParkedKey) -> None:
    table = tx.kernel.parked_key
    await tx.execute(
        delete(table).where(table.c.org_id == key.org_id, table.c.consumer == key.consumer, table.c.key == key.key)
    )
    logger().info("consumer.key_unparked", group=key.consumer)


async def _leave_parked(db: Database, key: ParkedKey, error: Exception) -> None:
    """Back to `parked` with the newest reason; another round by itself only when waiting may help."""
    pause = min(RETRY_LONGEST, RETRY_FIRST * 2 ** min(key.attempts, 10)) if may_pass(error) else None
    reason = dead_letter.reason_of(error)
    async with transaction(db) as tx:
        table = tx.kernel.parked_key
        statement = update(table).where(
            table.c.org_id == key.org_id, table.c.consumer == key.consumer, table.c.key == key.key
        )
        await tx.execute(
            statement.values(
                state="parked",
                attempts=table.c.attempts + 1,
                code=reason.code,
                error=reason.error,
                retry_at=None if pause is None else func.now() + pause,
            )
        )
    logger().warning("consumer.key_still_parked", group=key.consumer, code=reason.code, error=reason.error)


async def _close_letters(tx: Transaction, key: ParkedKey, *, row: RowMapping) -> None:
    table = tx.kernel.dead_letter
    await tx.execute(
        update(table)
        .where(
            table.c.consumer == key.consumer,
            table.c.topic == row["topic"],
            table.c.partition == row["partition"],
            table.c.record_offset == row["record_offset"],
            table.c.state == "open",
        )
        .values(state="replayed", closed_at=func.now())
    )


def _record(row: RowMapping) -> Record:
    return Record(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["record_offset"],
        key=row["record_key"],
        value=row["value"],
        headers=headers_from_json(row["headers"]),
        timestamp_ms=0,
    )
