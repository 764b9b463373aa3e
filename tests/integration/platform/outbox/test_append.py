"""Events enter the outbox with their transaction, or not at all."""

import pytest
from sqlalchemy import insert

from shared.kernel.ids import new_id
from shared.platform.db.engine import Database
from shared.platform.db.transaction import transaction
from shared.platform.observability.context import Cause, from_event, use
from shared.platform.outbox.append import MAX_PAYLOAD_BYTES, EventTooLarge, append, shard_of
from tests.support.probe import KERNEL, NOON, ORG, a_note, count, publish, rows
from tests.support.statements import statements_of

EMPTY_NOTE = len('{"note":""}')


async def test_stores_what_a_consumer_needs(db: Database) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with use(from_event(correlation_id="corr-1", traceparent=trace)) as context:
        await publish(db, a_note("case-1", 7, "hello"))
    [row] = await rows(db, KERNEL.outbox)
    assert (row.aggregatetype, row.aggregateid, row.aggregate_version) == ("note", "case-1", 7)
    assert (row.type, row.topic, row.key) == ("note.made.v1", "redress.intake.v1", "case-1")
    assert (row.org_id, row.occurred_at, row.payload) == (ORG, NOON, '{"note":"hello"}')
    assert (row.correlation_id, row.traceparent) == ("corr-1", context.traceparent)
    assert row.shard == shard_of("case-1")


async def test_an_event_names_what_its_producer_had_seen(db: Database) -> None:
    async with transaction(db) as tx:
        for version, consumer in ((7, "probe.cases"), (9, "other.cases")):
            values = {"org_id": ORG, "consumer": consumer, "aggregate": "case", "aggregate_id": "a", "version": version}
            await tx.execute(insert(KERNEL.high_water).values(values))
    await publish(db, a_note("a", 1), a_note("b", 1))
    handled = Cause("a", "redress.sla.v1", "clock", "c", 3)
    with use(from_event(correlation_id="corr", traceparent=None, org=ORG, cause=handled)):
        await publish(db, a_note("a", 2), a_note("b", 2))
    with use(from_event(correlation_id="corr", traceparent=None, org=new_id(), cause=handled)):
        await publish(db, a_note("a", 3))
    found = {(row.key, row.aggregate_version): row.saw_versions for row in await rows(db, KERNEL.outbox)}
    assert found == {
        ("a", 1): "redress.intake.v1/case/a@7",
        ("b", 1): "",
        ("a", 2): "redress.sla.v1/clock/c@3 redress.intake.v1/case/a@7",
        ("b", 2): "",
        ("a", 3): "redress.intake.v1/case/a@7",
    }


async def test_a_rolled_back_transaction_leaves_no_event(db: Database) -> None:
    with pytest.raises(RuntimeError):  # noqa: PT012
        async with transaction(db) as tx:
            await append(tx, [a_note("a", 1)])
            raise RuntimeError
    assert await count(db, KERNEL.outbox) == 0


async def test_many_events_are_one_statement_in_their_order(db: Database) -> None:
    statements = statements_of(db.engine.sync_engine)
    async with transaction(db) as tx:
        ids = await append(tx, [a_note("a", version) for version in range(1, 101)])
    assert len(statements) == 1
    stored = sorted(await rows(db, KERNEL.outbox), key=lambda row: row.seq)
    assert [row.id for row in stored] == ids
    assert [row.aggregate_version for row in stored] == list(range(1, 101))


async def test_no_events_are_no_statement(db: Database) -> None:
    async with transaction(db) as tx:
        assert await append(tx, []) == []


async def test_the_relay_is_woken_after_the_commit_of_something_appended(db: Database) -> None:
    woken: list[int] = []
    db.wake_relay = lambda: woken.append(1)
    async with transaction(db) as tx:
        await append(tx, [a_note("a", 1)])
        assert woken == []
    assert woken == [1]
    async with transaction(db) as tx:
        await tx.rows("SELECT 1")
    assert woken == [1]


async def test_a_payload_of_the_largest_size_is_taken_and_one_byte_more_refused(db: Database) -> None:
    await publish(db, a_note("a", 1, "x" * (MAX_PAYLOAD_BYTES - EMPTY_NOTE)))
    with pytest.raises(EventTooLarge):
        await publish(db, a_note("a", 2, "x" * (MAX_PAYLOAD_BYTES - EMPTY_NOTE + 1)))


async def test_size_is_counted_in_bytes_not_characters(db: Database) -> None:
    with pytest.raises(EventTooLarge):
        await publish(db, a_note("a", 1, "钢" * (MAX_PAYLOAD_BYTES // 3)))


async def test_two_events_of_an_aggregate_need_two_versions(db: Database) -> None:
    with pytest.raises(ValueError, match="version 1 of note is not above 1"):  # noqa: PT012
        async with transaction(db) as tx:
            await append(tx, [a_note("a", 1)])
            await append(tx, [a_note("a", 1, seen=True)])
