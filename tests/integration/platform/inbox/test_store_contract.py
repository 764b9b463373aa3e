"""What consumers rely on of their tables, held against PostgreSQL and against the tables that the simulation runs on."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.topics import INTAKE, SLA
from shared.platform.db.engine import Database
from shared.platform.inbox.arrival import Arrival, arrival_of
from shared.platform.inbox.dead_letter import Reason
from shared.platform.inbox.store import InboxStore, PostgresInbox
from shared.platform.kafka.cloud_events import Attributes
from shared.platform.position import Entry
from tests.integration.platform.inbox.test_processing import Partition
from tests.simulation.database import SimulatedDatabase
from tests.simulation.inbox import SimulatedInbox
from tests.simulation.scheduler import Scheduler
from tests.support.probe import ORG

WAITS = Reason(code="not_here", error="not here", retry_in=timedelta(seconds=3))
NOTE = (ORG, "note", "a")


class OnAsyncio:
    """Runs what the simulation's scheduler would: every wait of the model lets the event loop turn once."""

    def __init__(self) -> None:
        self.scheduler = Scheduler(1)

    async def run(self, coroutine: Any) -> Any:
        try:
            while True:
                coroutine.send(None)
                await asyncio.sleep(0)
        except StopIteration as end:
            return end.value


class Simulated:
    """The simulated tables as a test on asyncio awaits them."""

    def __init__(self) -> None:
        self._on = OnAsyncio()
        self._store = SimulatedInbox(SimulatedDatabase(self._on.scheduler), "probe.cases")

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name in {"transaction", "by_itself"}:
            return lambda *args: _Block(self._on, found(*args))
        if name == "is_broken":
            return found
        return lambda *args: self._on.run(found(*args))


class _Block:
    def __init__(self, on: OnAsyncio, block: Any) -> None:
        self._on = on
        self._block = block

    async def __aenter__(self) -> Any:
        return await self._on.run(self._block.__aenter__())

    async def __aexit__(self, *error: object) -> Any:
        return await self._on.run(self._block.__aexit__(*error))


@pytest.fixture(params=["postgresql", "simulated"])
def store(request: pytest.FixtureRequest, db: Database) -> InboxStore[Any]:
    """The tables of one consumer."""
    simulated: Any = Simulated()
    return PostgresInbox(db, "probe.cases") if request.param == "postgresql" else simulated


def an_arrival(version: int, partition: Partition | None = None) -> Arrival:
    return arrival_of((partition or Partition()).record("a", version))


def seen(*arrivals: Arrival) -> list[tuple[Attributes, str]]:
    return [(arrival.event, arrival.record.topic) for arrival in arrivals]


async def high_water(store: InboxStore[Any], arrival: Arrival) -> int:
    """What it is, asked in a transaction that does not commit."""
    before: dict[Any, int] = {}

    async def ask() -> None:
        async with store.transaction() as tx:
            before.update(await store.raise_high_water(tx, [arrival.event]))
            raise _Back

    with pytest.raises(_Back):
        await ask()
    return before[NOTE]


class _Back(Exception):
    """Ends a transaction without its effects."""


async def test_an_event_is_new_once(store: InboxStore[Any]) -> None:
    one, two = an_arrival(1), an_arrival(2)
    async with store.transaction() as tx:
        assert await store.insert_new(tx, seen(one, one)) == {one.event.id}
    async with store.transaction() as tx:
        assert await store.insert_new(tx, seen(one, two)) == {two.event.id}


async def test_what_is_rolled_back_was_not_seen(store: InboxStore[Any]) -> None:
    one = an_arrival(5)

    async def see() -> None:
        async with store.transaction() as tx:
            await store.insert_new(tx, seen(one))
            await store.raise_high_water(tx, [one.event])
            raise _Back

    with pytest.raises(_Back):
        await see()
    async with store.transaction() as tx:
        assert await store.insert_new(tx, seen(one)) == {one.event.id}
        assert dict(await store.raise_high_water(tx, [one.event])) == {NOTE: 0}


async def test_a_part_is_rolled_back_by_itself(store: InboxStore[Any]) -> None:
    one, two = an_arrival(1), an_arrival(2)

    async def part(tx: Any) -> None:
        async with store.by_itself(tx):
            await store.insert_new(tx, seen(two))
            raise _Back

    async with store.transaction() as tx:
        await store.insert_new(tx, seen(one))
        with pytest.raises(_Back):
            await part(tx)
        assert not store.is_broken(tx)
    async with store.transaction() as tx:
        assert await store.insert_new(tx, seen(one, two)) == {two.event.id}


async def test_the_high_water_only_rises_and_says_what_it_was(store: InboxStore[Any]) -> None:
    async with store.transaction() as tx:
        assert dict(await store.raise_high_water(tx, [an_arrival(4).event, an_arrival(2).event])) == {NOTE: 0}
        assert dict(await store.raise_high_water(tx, [an_arrival(3).event])) == {NOTE: 4}
    assert await high_water(store, an_arrival(9)) == 4


async def test_what_is_taken_back_is_new_again_at_the_old_high_water(store: InboxStore[Any]) -> None:
    one, two = an_arrival(1), an_arrival(2)
    async with store.transaction() as tx:
        await store.insert_new(tx, seen(one, two))
        await store.raise_high_water(tx, [one.event, two.event])
        await store.take_back(tx, [two.event], {NOTE: 1})
    async with store.transaction() as tx:
        assert await store.insert_new(tx, seen(one, two)) == {two.event.id}
        assert dict(await store.raise_high_water(tx, [two.event])) == {NOTE: 1}


async def test_a_parked_key_is_parked_on_its_topic(store: InboxStore[Any]) -> None:
    here, there = an_arrival(1), an_arrival(1, Partition(SLA))
    async with store.transaction() as tx:
        await store.park(tx, here, WAITS)
        await store.park(tx, here, WAITS)
    async with store.transaction() as tx:
        assert await store.parked_keys(tx, [here, there]) == {here.ordering_key}


async def test_what_is_not_handled_is_missing_and_a_parked_event_is_not_handled(store: InboxStore[Any]) -> None:
    one, two = an_arrival(1), an_arrival(2)

    def entry(version: int) -> Entry:
        return Entry(ORG, INTAKE, "a", "note", "a", version)

    async with store.transaction() as tx:
        assert await store.missing(tx, [entry(1)]) == {entry(1)}
        await store.insert_new(tx, seen(one, two))
        await store.raise_high_water(tx, [one.event, two.event])
        await store.park(tx, two, WAITS)
    async with store.transaction() as tx:
        assert await store.missing(tx, [entry(1), entry(2), entry(3)]) == {entry(2), entry(3)}


async def test_of_two_transactions_with_the_same_event_the_second_waits_and_finds_it_seen(
    store: InboxStore[Any],
) -> None:
    one, order = an_arrival(1), []

    async def handle(name: str, *, first: asyncio.Event, then: asyncio.Event) -> set[str]:
        await first.wait()
        async with store.transaction() as tx:
            found = await store.insert_new(tx, seen(one))
            order.append(name)
            then.set()
            for _ in range(20):
                await asyncio.sleep(0.001)
            order.append(name)
            return found

    begun, second = asyncio.Event(), asyncio.Event()
    begun.set()
    results = await asyncio.gather(
        handle("first", first=begun, then=second), handle("second", first=second, then=asyncio.Event())
    )
    assert list(results) == [{str(one.event.id)}, set()]
    assert order == ["first", "first", "second", "second"]
