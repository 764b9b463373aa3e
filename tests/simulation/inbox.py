"""The simulated tables of a consumer; one contract suite holds them and PostgreSQL's."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any, NamedTuple, cast

from shared.platform.db.transaction import DatabaseUnavailable, Transaction
from shared.platform.inbox.arrival import Arrival, Route, arrival_of, call
from shared.platform.inbox.dead_letter import Reason
from shared.platform.inbox.ordering_key import OrderingKey
from shared.platform.inbox.rules.arrivals import AggregateKey
from shared.platform.inbox.rules.parked import SET_ASIDE
from shared.platform.kafka.cloud_events import Attributes
from shared.platform.kafka.port import Record
from shared.platform.position import Entry
from tests.simulation.database import SimulatedDatabase, SimulatedTransaction
from tests.simulation.scheduler import pause


class ParkedKey(NamedTuple):
    """Why a key is parked and when it is tried again; None for when an operator asks."""

    code: str
    retry_at: float | None
    attempts: int
    parked_at: float


class ParkedEvent(NamedTuple):
    """A record in the queue of its key."""

    record: Record
    received_at: float


class SimulatedInbox:
    """The tables of one consumer in a simulated database."""

    def __init__(self, db: SimulatedDatabase, consumer: str) -> None:
        self.db = db
        self.consumer = consumer

    def transaction(self) -> AbstractAsyncContextManager[SimulatedTransaction]:
        return self.db.transaction()

    @asynccontextmanager
    async def by_itself(self, tx: SimulatedTransaction) -> AsyncIterator[None]:
        saved = tx.save()
        try:
            yield
        except Exception:
            tx.restore(saved)
            raise

    def is_broken(self, tx: SimulatedTransaction) -> bool:
        return tx.is_broken

    async def require_database(self) -> None:
        await pause()
        if self.db.trouble and self.db.scheduler.random.random() < self.db.trouble:
            raise DatabaseUnavailable

    async def insert_new(self, tx: SimulatedTransaction, seen: Sequence[tuple[Attributes, str]]) -> set[str]:
        await tx.statement()
        unseen = set()
        for event_id in sorted({event.id for event, _ in seen}):
            key = ("inbox", self.consumer, event_id)
            await tx.lock(key)
            if tx.get(key) is None:
                await tx.put(key, "handled")
                unseen.add(str(event_id))
        return unseen

    async def missing(self, tx: SimulatedTransaction, wanted: Sequence[Entry]) -> set[Entry]:
        await tx.statement()
        return {entry for entry in wanted if self._is_missing(tx, entry)}

    def _is_missing(self, tx: SimulatedTransaction, entry: Entry) -> bool:
        mark = tx.get(("high_water", self.consumer, entry.org, entry.aggregate, entry.aggregate_id)) or 0
        if mark < entry.version:
            return True
        parked = tx.of("parked_event", self.consumer, *entry.ordering_key)
        events = (arrival_of(row.record).event for _, row in parked)
        said = (entry.aggregate, entry.aggregate_id, entry.version)
        return any((event.aggregate, event.aggregate_id, event.version) == said for event in events)

    async def raise_high_water(
        self, tx: SimulatedTransaction, events: Sequence[Attributes]
    ) -> Mapping[AggregateKey, int]:
        await tx.statement()
        before: dict[AggregateKey, int] = {}
        for aggregate in sorted({(event.org, event.aggregate, event.aggregate_id) for event in events}):
            key = ("high_water", self.consumer, *aggregate)
            await tx.lock(key)
            before[aggregate] = tx.get(key) or 0
            newest = max(event.version for event in events if _aggregate(event) == aggregate)
            await tx.put(key, max(before[aggregate], newest))
        return before

    async def parked_keys(self, tx: SimulatedTransaction, arrivals: Sequence[Arrival]) -> set[OrderingKey]:
        await tx.statement()
        parked = set()
        for key in sorted({arrival.ordering_key for arrival in arrivals}):
            row = ("parked_key", self.consumer, *key)
            if tx.get(row) is not None:
                await tx.lock_shared(row)
                if tx.get(row) is not None:
                    parked.add(key)
        return parked

    async def set_outcome(self, tx: SimulatedTransaction, event_ids: Sequence[str], outcome: str) -> None:
        for event_id in event_ids:
            await tx.put(("inbox", self.consumer, event_id), outcome)

    async def take_back(
        self, tx: SimulatedTransaction, events: Sequence[Attributes], high_water: Mapping[AggregateKey, int]
    ) -> None:
        await tx.statement()
        for event in events:
            await tx.remove(("inbox", self.consumer, event.id))
            aggregate = _aggregate(event)
            await tx.put(("high_water", self.consumer, *aggregate), high_water.get(aggregate, 0))

    async def queue(self, tx: SimulatedTransaction, arrival: Arrival) -> None:
        await tx.statement()
        parked = ParkedEvent(arrival.record, self.db.scheduler.now)
        await tx.put(("parked_event", self.consumer, *arrival.ordering_key, self.db.next()), parked)

    async def set_aside(self, tx: SimulatedTransaction, arrival: Arrival, retry_in: timedelta) -> None:
        await self.park(tx, arrival, Reason(code=SET_ASIDE, error="", retry_in=retry_in))

    async def park(self, tx: SimulatedTransaction, arrival: Arrival, reason: Reason) -> None:
        await tx.statement()
        key, now = ("parked_key", self.consumer, *arrival.ordering_key), self.db.scheduler.now
        await tx.lock(key)
        if tx.get(key) is None:
            retry_at = None if reason.retry_in is None else now + reason.retry_in.total_seconds()
            await tx.put(key, ParkedKey(reason.code, retry_at, 0, now))
        await self.queue(tx, arrival)

    async def write_dead_letter(self, tx: SimulatedTransaction, arrival: Arrival, reason: Reason) -> None:
        await tx.statement()
        record = arrival.record
        await tx.put(("dead", self.consumer, record.topic, record.partition, record.offset), reason.code)

    async def release(self, tx: SimulatedTransaction, orgs: Collection[str]) -> None:
        await tx.statement()
        for key, row in tx.of("parked_key", self.consumer):
            if row.code == SET_ASIDE and key[2] in orgs:
                await tx.put(key, row._replace(retry_at=self.db.scheduler.now))

    async def call(self, tx: SimulatedTransaction, routes: Mapping[str, Route], arrivals: Sequence[Arrival]) -> None:
        await call(cast("Transaction", cast("Any", tx)), routes, arrivals)


def _aggregate(event: Attributes) -> AggregateKey:
    return event.org, event.aggregate, event.aggregate_id
