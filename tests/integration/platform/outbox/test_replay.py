"""Archived events can be published again, by filter, and who has handled them does nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading, transaction
from shared.platform.inbox.arrival import routes_of
from shared.platform.inbox.consume import Processor
from shared.platform.kafka.port import Record
from shared.platform.outbox.relay import Relay
from shared.platform.outbox.replay import (
    Filter,
    ReplayInProgress,
    ReplayTooLarge,
    count,
    replay,
    replay_these,
    replay_within,
)
from tests.support.memory_broker import MemoryBroker
from tests.support.probe import KERNEL, ORG, Notebook, a_note, handled, publish, rows
from tests.support.probe import count as count_rows

INTAKE = "redress.intake.v1"


async def published(db: Database) -> MemoryBroker:
    broker = MemoryBroker(partitions=1)
    await publish(db, a_note("a", 1), a_note("a", 2), a_note("b", 1), a_note("b", 2, seen=True))
    while await Relay(db, broker).run_once():
        pass
    return broker


async def test_filters_choose(db: Database) -> None:
    await published(db)
    async with reading(db) as tx:
        now = (await tx.execute(select(func.now()))).scalar_one()
    hour = timedelta(hours=1)
    expected = {
        Filter(): 4,
        Filter(key="a"): 2,
        Filter(type="note.seen.v1"): 1,
        Filter(topic="redress.sla.v1"): 0,
        Filter(org=ORG, key="b", type="note.made.v1"): 1,
        Filter(org="00000000-0000-0000-0000-000000000000"): 0,
        Filter(since=now - hour, until=now + hour): 4,
        Filter(since=now + hour): 0,
        Filter(until=now - hour): 0,
    }
    assert {chosen: await count(db, chosen) for chosen in expected} == expected


async def test_what_is_replayed_is_the_same_event_marked_as_a_replay(db: Database) -> None:
    broker = await published(db)
    assert await replay(db, Filter(key="a")) == 2
    while await Relay(db, broker).run_once():
        pass
    first, second = ([dict(record.headers) for record in part] for part in split(broker, 4))
    again = {headers["ce_id"]: headers for headers in second}
    assert len(again) == 2
    for headers in first:
        if headers["ce_id"] in again:
            assert again[headers["ce_id"]] == headers | {"ce_replayof": headers["ce_id"]}


def split(broker: MemoryBroker, at: int) -> tuple[list[Record], list[Record]]:
    records = broker.records(INTAKE)
    return records[:at], records[at:]


async def test_a_replay_is_in_order_and_counts_no_replay_of_a_replay(db: Database) -> None:
    broker = await published(db)
    for _ in range(2):
        assert await replay(db, Filter(key="a")) == 2
        while await Relay(db, broker).run_once():
            pass
    again = [record.value for record in broker.records(INTAKE)[4:]]
    assert again == [b'{"note":"a-1"}', b'{"note":"a-2"}'] * 2
    assert len(await rows(db, KERNEL.outbox_archive)) == 8


async def test_a_consumer_that_has_handled_them_does_nothing(db: Database) -> None:
    broker = await published(db)
    consumer = Processor(db, consumer="probe.cases", routes=routes_of(Notebook().handlers))
    await consumer.process(broker.records(INTAKE))
    before = await handled(db)
    await replay(db, Filter())
    while await Relay(db, broker).run_once():
        pass
    await consumer.process(broker.records(INTAKE))
    assert await handled(db) == before == ["a-1", "a-2", "b-1"]


async def test_a_replay_within_one_transaction_is_bounded_and_beyond_it_nothing_is_published(db: Database) -> None:
    await published(db)
    async with transaction(db) as tx:
        assert await replay_within(tx, Filter(), most=4) == 4
    while await Relay(db, MemoryBroker(partitions=1)).run_once():
        pass
    with pytest.raises(ReplayTooLarge) as refused:
        async with transaction(db) as tx:
            await replay_within(tx, Filter(), most=3)
    assert refused.value.fields == {"most": 3}
    assert await count_rows(db, KERNEL.outbox) == 0


async def test_two_replays_of_one_organisation_do_not_wait_for_each_other(db: Database) -> None:
    await published(db)
    async with transaction(db) as first:
        assert await replay_within(first, Filter(org=ORG)) == 4
        with pytest.raises(ReplayInProgress):
            async with transaction(db) as second:
                await replay_within(second, Filter(org=ORG, key="a"))
    async with transaction(db) as tx:
        assert await replay_within(tx, Filter(org=ORG)) == 0


async def test_a_replayed_event_goes_out_before_newer_ones_that_wait(db: Database) -> None:
    """A consumer that got version 3 first would refuse versions 1 and 2 as older."""
    broker = await published(db)
    await publish(db, a_note("a", 3))
    assert await replay(db, Filter(key="a")) == 2
    while await Relay(db, broker).run_once():
        pass
    again = [record.value for record in broker.records(INTAKE)[4:]]
    assert again == [b'{"note":"a-1"}', b'{"note":"a-2"}', b'{"note":"a-3"}']


async def test_events_are_replayed_by_their_ids_once(db: Database) -> None:
    await published(db)
    async with reading(db) as tx:
        archived = await tx.rows("SELECT id::text FROM outbox_archive WHERE key = 'b' ORDER BY seq")
    ids = [event_id for (event_id,) in archived]
    async with transaction(db) as tx:
        assert await replay_these(tx, ids) == 2
        assert await replay_these(tx, ids) == 0
