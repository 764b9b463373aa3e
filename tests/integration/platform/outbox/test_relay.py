"""The relay loses nothing, keeps the order of a key, and says when it may have sent twice."""

import asyncio
import random  # noqa: TID251
from collections import defaultdict

import pytest
from sqlalchemy import text

from shared.platform.db.engine import Database
from shared.platform.db.transaction import transaction
from shared.platform.kafka.cloud_events import attributes_of
from shared.platform.kafka.port import BrokerUnavailable, Message, ProducerWedged
from shared.platform.observability.context import Cause, from_event, use
from shared.platform.outbox.append import append
from shared.platform.outbox.relay import BATCH, Relay, pending
from shared.platform.outbox.replay import Filter, replay
from tests.support.memory_broker import MemoryBroker
from tests.support.probe import KERNEL, ORG, a_note, count, publish, rows

INTAKE = "redress.intake.v1"


def sent(broker: MemoryBroker) -> list[tuple[str, int]]:
    return [(found.key, found.version) for found in map(attributes_of, broker.records(INTAKE))]


async def drain(relay: Relay) -> int:
    total = 0
    while done := await relay.run_once():
        total += done
    return total


async def test_publishes_in_order_and_moves_to_the_archive(db: Database) -> None:
    broker = MemoryBroker()
    await publish(db, *(a_note("a", version) for version in range(1, 4)))
    assert await drain(Relay(db, broker)) == 3
    assert sent(broker) == [("a", 1), ("a", 2), ("a", 3)]
    assert await count(db, KERNEL.outbox) == 0
    archived = await rows(db, KERNEL.outbox_archive)
    assert {(row.key, row.aggregate_version) for row in archived} == {("a", 1), ("a", 2), ("a", 3)}


async def test_what_the_producer_had_seen_is_sent_kept_and_sent_again(db: Database) -> None:
    broker = MemoryBroker()
    handled = Cause("a", "redress.sla.v1", "clock", "c", 3)
    with use(from_event(correlation_id="corr", traceparent=None, org=ORG, cause=handled)):
        await publish(db, a_note("a", 1))
    await drain(Relay(db, broker))
    assert [row.saw_versions for row in await rows(db, KERNEL.outbox_archive)] == ["redress.sla.v1/clock/c@3"]
    await replay(db, Filter(org=ORG))
    await drain(Relay(db, broker))
    found = [dict(record.headers)["ce_sawversions"] for record in broker.records(INTAKE)]
    assert found == [b"redress.sla.v1/clock/c@3"] * 2


async def test_a_record_says_everything_in_its_headers(db: Database) -> None:
    broker = MemoryBroker()
    await publish(db, a_note("case-1", 7, "hello"))
    await drain(Relay(db, broker))
    [record] = broker.records(INTAKE)
    headers = dict(record.headers)
    assert record.key == b"case-1"
    assert record.value == b'{"note":"hello"}'
    expected = {
        "ce_specversion": b"1.0",
        "ce_source": b"/redress/probe",
        "ce_type": b"note.made.v1",
        "ce_time": b"2026-03-02T04:00:00+00:00",
        "ce_subject": b"note/case-1",
        "ce_partitionkey": b"case-1",
        "ce_org": ORG.encode(),
        "ce_aggregate": b"note",
        "ce_aggregateid": b"case-1",
        "ce_aggregateversion": b"7",
        "content-type": b"application/json",
    }
    assert expected.items() <= headers.items()
    assert {"ce_id", "ce_correlationid", "traceparent"} <= headers.keys()


async def test_more_than_a_batch_is_drained_in_rounds(db: Database) -> None:
    broker = MemoryBroker()
    await publish(db, *(a_note("a", version) for version in range(1, BATCH + 2)))
    relay = Relay(db, broker)
    assert [await relay.run_once(), await relay.run_once()] == [BATCH + 1, 0]
    assert sent(broker) == [("a", version) for version in range(1, BATCH + 2)]


async def test_an_event_committed_after_a_later_one_is_not_lost(db: Database) -> None:
    """A cursor over the sequence would skip it: numbers are taken before commit."""
    broker = MemoryBroker()
    relay = Relay(db, broker)
    async with transaction(db) as slow:
        await append(slow, [a_note("slow", 1)])
        await publish(db, a_note("fast", 1))
        assert await drain(relay) == 1
    assert await drain(relay) == 1
    assert sorted(sent(broker)) == [("fast", 1), ("slow", 1)]


async def test_a_leased_shard_is_left_to_its_holder(db: Database) -> None:
    broker = MemoryBroker()
    await publish(db, a_note("a", 1))
    holder = Relay(db, SlowBroker(broker))
    first = asyncio.create_task(holder.run_once())
    await asyncio.sleep(0.1)
    assert await Relay(db, broker).run_once() == 0
    assert await first == 1
    assert sent(broker) == [("a", 1)]


class SlowBroker(MemoryBroker):
    """Appends to another broker's log and acknowledges after a while."""

    def __init__(self, inner: MemoryBroker) -> None:
        super().__init__(partitions=inner.partitions)
        self.log = inner.log

    async def accept(self, message: Message) -> None:
        await super().accept(message)
        await asyncio.sleep(0.3)


class Crash(Exception):
    """As if the process had died here."""


class CrashingRelay(Relay):
    """Dies between publishing and committing, now and then."""

    dice = random.Random(7)

    async def _publish(self, *args: object) -> None:
        await super()._publish(*args)  # type: ignore[arg-type]
        await asyncio.sleep(0)
        if self.dice.random() < 0.05:
            raise Crash


async def test_three_relays_that_crash_lose_nothing_and_keep_each_keys_order(db: Database) -> None:
    broker = MemoryBroker()
    written: dict[str, int] = defaultdict(int)
    locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
    dice = random.Random(42)
    finished = asyncio.Event()

    async def write() -> None:
        for _ in range(120):
            key = f"case-{dice.randrange(40)}"
            async with locks[key]:
                await publish(db, a_note(key, written[key] + 1))
                written[key] += 1

    async def relay() -> int:
        crashes = 0
        one = CrashingRelay(db, broker)
        while not finished.is_set() or await count(db, KERNEL.outbox):
            try:
                await one.run_once()
            except Crash:
                crashes += 1
            await asyncio.sleep(0.002)
        return crashes

    relays = [asyncio.create_task(relay()) for _ in range(3)]
    await asyncio.gather(*(write() for _ in range(6)))
    finished.set()
    crashes = sum(await asyncio.gather(*relays))
    first: dict[str, list[int]] = defaultdict(list)
    for key, version in sent(broker):
        if version not in first[key]:
            first[key].append(version)
    assert crashes > 0
    assert {key: len(versions) for key, versions in first.items()} == dict(written)
    assert all(versions == sorted(versions) for versions in first.values())
    assert await count(db, KERNEL.outbox_archive) == 720


async def test_a_frozen_broker_keeps_the_rows_and_may_send_them_twice(db: Database) -> None:
    broker = MemoryBroker()
    relay = Relay(db, broker, publish_timeout_seconds=0.1)
    await publish(db, a_note("a", 1))
    await drain(relay)
    await publish(db, a_note("a", 2))
    broker.freeze()
    with pytest.raises(BrokerUnavailable):
        await relay.run_once()
    assert await count(db, KERNEL.outbox) == 1
    with pytest.raises(BrokerUnavailable):
        await relay.run_once()
    broker.thawed.set()
    assert await drain(relay) == 1
    assert sent(broker).count(("a", 2)) == 2
    assert await count(db, KERNEL.outbox) == 0


async def test_a_wedged_producer_is_replaced(db: Database) -> None:
    broker = MemoryBroker()
    relay = Relay(db, broker)
    await publish(db, a_note("a", 1))
    broker.wedge_next = 1
    with pytest.raises(ProducerWedged):
        await relay.run_once()
    assert await drain(relay) == 1
    assert sent(broker) == [("a", 1)]


async def test_a_foreign_write_transaction_does_not_hold_the_relay_up(db: Database) -> None:
    broker = MemoryBroker()
    async with transaction(db) as foreign:
        await foreign.execute(text("SELECT txid_current()"))
        await publish(db, a_note("a", 1))
        assert await drain(Relay(db, broker)) == 1


async def test_pending_counts_what_waits(db: Database) -> None:
    async with transaction(db) as tx:
        assert await pending(tx) == (0, 0.0)
    await publish(db, a_note("a", 1), a_note("b", 1))
    async with transaction(db) as tx:
        waiting, age = await pending(tx)
    assert waiting == 2
    assert 0 < age < 5
