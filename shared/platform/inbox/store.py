"""What a consumer keeps, and the transactions in which it does: on PostgreSQL here, simulated in `tests/simulation`.

One contract suite runs against both (`tests/integration/platform/inbox/test_store_contract.py`).
"""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, reading, savepoint, transaction, unavailable_when_away
from shared.platform.inbox import dead_letter, handled, seen_events
from shared.platform.inbox.arrival import Arrival, Route, call
from shared.platform.inbox.dead_letter import Reason
from shared.platform.inbox.ordering_key import OrderingKey
from shared.platform.inbox.rules.arrivals import AggregateKey
from shared.platform.kafka.cloud_events import Attributes
from shared.platform.position import Entry

Tx = TypeVar("Tx")


class InboxStore(Protocol, Generic[Tx]):
    """The tables of one consumer. Every write is part of the transaction that is given."""

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """Commits at the end of the block; `DatabaseUnavailable` when it cannot."""
        ...

    def by_itself(self, tx: Tx) -> AbstractAsyncContextManager[None]:
        """A part that is rolled back by itself when the block raises."""
        ...

    def is_broken(self, tx: Tx) -> bool:
        """Whether the transaction is lost with its connection."""
        ...

    async def require_database(self) -> None:
        """Raise `DatabaseUnavailable` when the database does not answer at all."""
        ...

    async def insert_new(self, tx: Tx, seen: Sequence[tuple[Attributes, str]]) -> set[str]:
        """Remember events with their topics; the ids of those that were not remembered before."""
        ...

    async def missing(self, tx: Tx, wanted: Sequence[Entry]) -> set[Entry]:
        """Those that were not handled yet; a parked event was not."""
        ...

    async def raise_high_water(self, tx: Tx, events: Sequence[Attributes]) -> Mapping[AggregateKey, int]:
        """Raise the newest version per aggregate; the versions before."""
        ...

    async def parked_keys(self, tx: Tx, arrivals: Sequence[Arrival]) -> set[OrderingKey]:
        """Those of the arrivals' keys that are parked, and stay so until the transaction ends."""
        ...

    async def set_outcome(self, tx: Tx, event_ids: Sequence[str], outcome: str) -> None:
        """Record an outcome other than `handled`."""
        ...

    async def take_back(self, tx: Tx, events: Sequence[Attributes], high_water: Mapping[AggregateKey, int]) -> None:
        """Unsee events; `high_water` is what their aggregates had."""
        ...

    async def queue(self, tx: Tx, arrival: Arrival) -> None:
        """Put an event behind its parked key."""
        ...

    async def set_aside(self, tx: Tx, arrival: Arrival, retry_in: timedelta) -> None:
        """Park the event's key untried."""
        ...

    async def park(self, tx: Tx, arrival: Arrival, reason: Reason) -> None:
        """Park the event's key with the event at its head."""
        ...

    async def write_dead_letter(self, tx: Tx, arrival: Arrival, reason: Reason) -> None:
        """Keep and announce an event that cannot be handled."""
        ...

    async def release(self, tx: Tx, orgs: Collection[str]) -> None:
        """What was set aside of these organisations is due at once."""
        ...

    async def call(self, tx: Tx, routes: Mapping[str, Route], arrivals: Sequence[Arrival]) -> None:
        """Let the handler of the first of the arrivals handle them all."""
        ...


class PostgresInbox:
    """The tables of a consumer in its service's schema."""

    def __init__(self, db: Database, consumer: str) -> None:
        self._db = db
        self._consumer = consumer

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Commits at the end of the block."""
        return transaction(self._db)

    @asynccontextmanager
    async def by_itself(self, tx: Transaction) -> AsyncIterator[None]:
        """A savepoint."""
        with unavailable_when_away():
            async with savepoint(tx):
                yield

    def is_broken(self, tx: Transaction) -> bool:
        """Whether the connection is closed."""
        return bool(tx.driver.is_closed())

    async def require_database(self) -> None:
        """One statement."""
        async with reading(self._db) as tx:
            await tx.rows("SELECT 1")

    async def insert_new(self, tx: Transaction, seen: Sequence[tuple[Attributes, str]]) -> set[str]:
        """See `seen_events.insert_new`."""
        return await seen_events.insert_new(tx, self._consumer, seen)

    async def missing(self, tx: Transaction, wanted: Sequence[Entry]) -> set[Entry]:
        """See `handled.missing`."""
        numbers = await handled.missing(tx, [(self._consumer, entry) for entry in wanted])
        return {wanted[number] for number in numbers}

    async def raise_high_water(self, tx: Transaction, events: Sequence[Attributes]) -> Mapping[AggregateKey, int]:
        """See `seen_events.raise_high_water`."""
        return await seen_events.raise_high_water(tx, self._consumer, events)

    async def parked_keys(self, tx: Transaction, arrivals: Sequence[Arrival]) -> set[OrderingKey]:
        """See `seen_events.parked_keys`."""
        return await seen_events.parked_keys(tx, self._consumer, arrivals)

    async def set_outcome(self, tx: Transaction, event_ids: Sequence[str], outcome: str) -> None:
        """See `seen_events.set_outcome`."""
        await seen_events.set_outcome(tx, self._consumer, event_ids=event_ids, outcome=outcome)

    async def take_back(
        self, tx: Transaction, events: Sequence[Attributes], high_water: Mapping[AggregateKey, int]
    ) -> None:
        """See `seen_events.take_back`."""
        await seen_events.take_back(tx, self._consumer, events, high_water=high_water)

    async def queue(self, tx: Transaction, arrival: Arrival) -> None:
        """See `dead_letter.queue`."""
        await dead_letter.queue(tx, self._consumer, arrival=arrival)

    async def set_aside(self, tx: Transaction, arrival: Arrival, retry_in: timedelta) -> None:
        """See `dead_letter.set_aside`."""
        await dead_letter.set_aside(tx, self._consumer, arrival=arrival, retry_in=retry_in)

    async def park(self, tx: Transaction, arrival: Arrival, reason: Reason) -> None:
        """See `dead_letter.park`."""
        await dead_letter.park(tx, self._consumer, arrival=arrival, reason=reason)

    async def write_dead_letter(self, tx: Transaction, arrival: Arrival, reason: Reason) -> None:
        """See `dead_letter.write`."""
        await dead_letter.write(tx, self._consumer, arrival=arrival, reason=reason)

    async def release(self, tx: Transaction, orgs: Collection[str]) -> None:
        """See `dead_letter.release`."""
        await dead_letter.release(tx, self._consumer, orgs=orgs)

    async def call(self, tx: Transaction, routes: Mapping[str, Route], arrivals: Sequence[Arrival]) -> None:
        """See `arrival.call`."""
        await call(tx, routes, arrivals)
