"""Runs the events of parked keys again, in order, and unparks a key when its queue is empty.

A key is taken when an operator asked for it (`replaying`) or when it waits for something that may
have come by now (`retry_at`); keys that were set aside come after all others, and end as dead letters when they keep
failing. One event is one transaction, under the lock of the key's row, which
consumers hold shared while they queue: so no event can slip in behind the last one unnoticed.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import RowMapping, delete, func, or_, select, update

from shared.platform.db.engine import Database
from shared.platform.db.transaction import DatabaseUnavailable, Transaction, transaction
from shared.platform.inbox import dead_letter, seen_events
from shared.platform.inbox.arrival import Arrival, Route, arrival_of, call, headers_from_json
from shared.platform.inbox.breaker import Breaker
from shared.platform.inbox.consume import is_transient
from shared.platform.inbox.handled import missing
from shared.platform.inbox.ordering_key import same_key
from shared.platform.inbox.rules.arrivals import producer_of
from shared.platform.inbox.rules.causes import LONGEST_WAIT, CauseNotHere, awaited
from shared.platform.inbox.rules.parked import SET_ASIDE, pause_after
from shared.platform.kafka.port import Record
from shared.platform.observability import metrics
from shared.platform.observability.logging import logger

UNTIL_RUN_AGAIN: Final = """
    SELECT extract(epoch FROM min(CASE state WHEN 'replaying' THEN now() ELSE retry_at END) - now())::float8
    FROM parked_key
"""
"""Seconds until a parked key is to be taken."""


class Drain:
    """The job that empties parked queues; `routes` by consumer, then by event type; `breakers` by consumer."""

    def __init__(
        self, routes: Mapping[str, Mapping[str, Route]], breakers: Mapping[str, Breaker] | None = None
    ) -> None:
        self._routes = routes
        self._breakers = breakers or {}

    async def run(self, db: Database) -> int:
        """Run one parked event, or unpark one empty key; 0 when there is nothing to do."""
        taken: list[RowMapping] = []
        try:
            async with transaction(db) as tx:
                key = await _take(tx)
                if key is None:
                    return 0
                taken.append(key)
                handled = await self._advance(tx, key)
        except DatabaseUnavailable:
            raise
        except Exception as error:
            if not taken:
                raise
            await _leave_parked(db, taken[0], error)
        else:
            if handled is not None and key["consumer"] in self._breakers:
                self._breakers[key["consumer"]].succeeded(producer_of(handled))
        return 1

    async def _advance(self, tx: Transaction, key: RowMapping) -> Arrival | None:
        """The event that was handled; None when the queue was empty."""
        row = await _oldest(tx, key)
        if row is None:
            await _unpark(tx, key)
            return None
        arrival = arrival_of(_record(row))
        await self._require_causes(tx, key["consumer"], arrival, overdue=row["overdue"])
        await self._handle(tx, key["consumer"], arrival)
        table = tx.kernel.parked_event
        await tx.execute(delete(table).where(*same_key(table, key), table.c.seq == row["seq"]))
        await _close_dead_letters(tx, row)
        if key["code"] == SET_ASIDE:
            await dead_letter.release(tx, key["consumer"], orgs=[key["org_id"]])
        return arrival

    async def _require_causes(self, tx: Transaction, consumer: str, arrival: Arrival, *, overdue: bool) -> None:
        """Raise CauseNotHere while the event waits for another topic's, but not for longer than five minutes."""
        heard = {route.contract.TOPIC for route in self._routes.get(consumer, {}).values()}
        wanted = [(consumer, entry) for entry in awaited(arrival, heard)] if arrival.event.saw_versions else []
        if not wanted or not await missing(tx, wanted):
            return
        if not overdue:
            raise CauseNotHere
        metrics.CAUSE_WAITS.labels(topic=arrival.record.topic, result="without").inc()
        logger().warning("consumer.handled_without_cause", group=consumer, event_id=arrival.event.id)

    async def _handle(self, tx: Transaction, consumer: str, arrival: Arrival) -> None:
        event = arrival.event
        await seen_events.insert_new(tx, consumer, [(event, arrival.record.topic)])
        routes = self._routes.get(consumer, {})
        if event.type in routes:
            await call(tx, routes, [arrival])
        await seen_events.set_outcome(tx, consumer, event_ids=[event.id], outcome="handled")


async def _take(tx: Transaction) -> RowMapping | None:
    table = tx.kernel.parked_key
    wanted = or_(table.c.state == "replaying", table.c.retry_at <= func.now())
    set_aside = table.c.code == SET_ASIDE
    statement = select(table).where(wanted).order_by(set_aside, table.c.attempts, table.c.parked_at).limit(1)
    return (await tx.execute(statement.with_for_update(skip_locked=True))).mappings().one_or_none()


async def _oldest(tx: Transaction, key: RowMapping) -> RowMapping | None:
    table = tx.kernel.parked_event
    overdue = (func.now() - table.c.received_at > LONGEST_WAIT).label("overdue")
    statement = select(table, overdue).where(*same_key(table, key)).order_by(table.c.seq).limit(1)
    return (await tx.execute(statement)).mappings().one_or_none()


async def _unpark(tx: Transaction, key: RowMapping) -> None:
    table = tx.kernel.parked_key
    await tx.execute(delete(table).where(*same_key(table, key)))
    logger().info("consumer.key_unparked", group=key["consumer"], topic=key["topic"])


async def _leave_parked(db: Database, key: RowMapping, error: Exception) -> None:
    """Back to `parked` with the newest reason; another round by itself only when waiting may help."""
    pause = pause_after(error, code=key["code"], attempts=key["attempts"], is_transient=is_transient(error))
    reason = dead_letter.reason_of(error)
    set_aside = key["code"] == SET_ASIDE
    async with transaction(db) as tx:
        if set_aside and pause is None and (row := await _oldest(tx, key)) is not None:
            await dead_letter.write(tx, key["consumer"], arrival=arrival_of(_record(row)), reason=reason)
        table = tx.kernel.parked_key
        await tx.execute(
            update(table)
            .where(*same_key(table, key))
            .values(
                state="parked",
                attempts=table.c.attempts + 1,
                code=SET_ASIDE if set_aside and pause is not None else reason.code,
                error=reason.error,
                retry_at=None if pause is None else func.now() + pause,
            )
        )
    logger().warning("consumer.key_still_parked", group=key["consumer"], code=reason.code, error=reason.error)


async def _close_dead_letters(tx: Transaction, row: RowMapping) -> None:
    table = tx.kernel.dead_letter
    await tx.execute(
        update(table)
        .where(
            table.c.consumer == row["consumer"],
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
