"""Each event has one effect, in order, whatever the broker delivers; poison stops its own key only."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from shared.contracts.envelope import Envelope
from shared.contracts.topics import INTAKE, SETTLEMENT
from shared.kernel.errors import Unavailable
from shared.kernel.ids import EventId, new_id
from shared.platform.db.engine import Database, connect
from shared.platform.db.transaction import DatabaseUnavailable, Transaction, transaction
from shared.platform.inbox.arrival import BatchHandler, routes_of
from shared.platform.inbox.consume import Processor
from shared.platform.inbox.drain import Drain
from shared.platform.inbox.rules.failures import RetryPolicy
from shared.platform.kafka.cloud_events import Attributes, headers_of
from shared.platform.kafka.port import Record
from shared.platform.observability.metrics import INBOX_HANDLED
from shared.platform.organisation_clock import OrganisationUnknown
from tests.support.probe import HANDLED, KERNEL, NOON, ORG, Notebook, NoteMadeV1, NoteSeenV1, count, handled, rows
from tests.support.samples import values

HASTY = RetryPolicy(
    first_pause_seconds=0.001,
    longest_pause_seconds=0.002,
    unavailable_seconds=0.05,
    retry_parked_after=timedelta(0),
    poison_in_a_row=4,
)


class Partition:
    """Makes records with rising offsets."""

    def __init__(self, topic: str = INTAKE) -> None:
        self.topic = topic
        self.offset = 0

    def record(self, key: str, version: int, note: str | None = None, **changes: object) -> Record:
        attributes = {
            "id": EventId(new_id()),
            "type": "note.made.v1",
            "org": ORG,
            "key": key,
            "aggregate": "note",
            "aggregate_id": key,
            "version": version,
            "occurred_at": NOON,
            "correlation_id": "corr",
            "traceparent": None,
        } | changes
        value = f'{{"note":"{note or f"{key}{version}"}"}}'.encode()
        headers = headers_of(Attributes(**attributes), source=b"/redress/probe")  # type: ignore[arg-type]
        return self.raw(key.encode(), value, headers)

    def raw(self, key: bytes | None, value: bytes | None, headers: tuple[tuple[str, bytes], ...]) -> Record:
        self.offset += 1
        return Record(self.topic, 0, self.offset - 1, key, value, headers, 0)


def processor(db: Database, notebook: Notebook, retry: RetryPolicy = HASTY) -> Processor:
    return Processor(db, consumer="probe.cases", routes=routes_of(notebook.handlers), retry=retry)


def counted(kind: str) -> float:
    return values(INBOX_HANDLED).get((INTAKE, kind), 0.0)


async def outcomes(db: Database) -> list[str]:
    return sorted(row.outcome for row in await rows(db, KERNEL.inbox))


async def drain(db: Database, notebook: Notebook) -> None:
    job = Drain({"probe.cases": routes_of(notebook.handlers)})
    while await job.run(db):
        pass


async def ask_for_replay(db: Database) -> None:
    async with transaction(db) as tx:
        await tx.execute(update(KERNEL.parked_key).values(state="replaying"))


async def test_a_batch_is_handled_in_order(db: Database) -> None:
    partition = Partition()
    await processor(db, Notebook()).process(
        [partition.record("a", 1), partition.record("b", 1), partition.record("a", 2)]
    )
    assert await handled(db) == ["a1", "b1", "a2"]
    assert await outcomes(db) == ["handled"] * 3


async def test_a_type_without_handler_is_remembered_and_skipped(db: Database) -> None:
    await processor(db, Notebook()).process([Partition().record("a", 1, type="other.thing.v9")])
    assert await handled(db) == []
    assert await outcomes(db) == ["handled"]


async def test_a_thousand_deliveries_have_one_effect(db: Database) -> None:
    record = Partition().record("a", 1)
    consumer = processor(db, Notebook())
    await consumer.process([record] * 500)
    await consumer.process([record] * 500)
    assert await handled(db) == ["a1"]


async def test_two_consumers_with_the_same_events_have_one_effect(db: Database) -> None:
    partition = Partition()
    records = [partition.record(f"key{number}", 1) for number in range(20)]
    await asyncio.gather(*(processor(db, Notebook()).process(records) for _ in range(5)))
    assert sorted(await handled(db)) == sorted(f"key{number}1" for number in range(20))


async def test_an_older_version_is_refused_for_ever(db: Database) -> None:
    partition = Partition()
    consumer = processor(db, Notebook())
    await consumer.process([partition.record("a", 5)])
    await consumer.process([partition.record("a", 4), partition.record("a", 5), partition.record("a", 6)])
    assert await handled(db) == ["a5", "a6"]
    assert await outcomes(db) == ["handled", "handled", "stale", "stale"]


async def test_after_a_purged_inbox_a_full_replay_has_no_effect(db: Database) -> None:
    partition = Partition()
    records = [partition.record("a", version) for version in range(1, 4)]
    await processor(db, Notebook()).process(records)
    async with transaction(db) as tx:
        await tx.execute(text("DELETE FROM inbox"))
    await processor(db, Notebook()).process(records)
    assert await handled(db) == ["a1", "a2", "a3"]


async def test_an_old_version_inside_one_batch_is_refused(db: Database) -> None:
    partition = Partition()
    await processor(db, Notebook()).process([partition.record("a", 2), partition.record("a", 1)])
    assert await handled(db) == ["a2"]


async def test_versions_of_other_organisations_and_aggregates_do_not_mix(db: Database) -> None:
    partition = Partition()
    await processor(db, Notebook()).process(
        [
            partition.record("a", 2),
            partition.record("a", 1, "other org", org=new_id()),
            partition.record("a", 1, "other aggregate", aggregate="clock"),
            partition.record("a", 1, "other id", aggregate_id="b"),
        ]
    )
    assert await handled(db) == ["a2", "other org", "other aggregate", "other id"]


async def test_poison_parks_its_key_and_the_others_go_on(db: Database) -> None:
    partition = Partition()
    notebook = Notebook(poison={"a2"})
    batch = [partition.record(*event) for event in (("a", 1), ("a", 2), ("b", 1), ("a", 3))]
    await processor(db, notebook).process(batch)
    await processor(db, notebook).process([partition.record("a", 4), partition.record("b", 2)])
    assert await handled(db) == ["a1", "b1", "b2"]
    assert notebook.calls.count("a2") == 1 + HASTY.attempts
    [parked] = await rows(db, KERNEL.parked_key)
    assert (parked.org_id, parked.key, parked.state, parked.code) == (ORG, "a", "parked", "RuntimeError")
    assert parked.error == "cannot read a2"
    assert parked.retry_at is None
    queued = sorted(await rows(db, KERNEL.parked_event), key=lambda row: row.seq)
    assert [row.record_offset for row in queued] == [1, 3, 4]
    assert await outcomes(db) == ["handled"] * 3 + ["parked"] * 3


async def test_a_dead_letter_has_everything_and_is_announced(db: Database) -> None:
    record = Partition().record("a", 1)
    await processor(db, Notebook(poison={"a1"})).process([record])
    [letter] = await rows(db, KERNEL.dead_letter)
    assert (letter.topic, letter.partition, letter.record_offset) == ("redress.intake.v1", 0, 0)
    assert (letter.value, letter.record_key, letter.type) == (record.value, b"a", "note.made.v1")
    assert (letter.correlation_id, letter.state, letter.code) == ("corr", "open", "RuntimeError")
    [event] = await rows(db, KERNEL.outbox)
    assert (event.topic, event.type, event.org_id) == ("redress.probe.dead-letter.v1", "dead-letter.recorded.v1", ORG)
    assert letter.dead_letter_id in event.payload


async def test_a_replay_runs_the_parked_events_in_order_and_unparks(db: Database) -> None:
    partition = Partition()
    notebook = Notebook(poison={"a1"})
    await processor(db, notebook).process([partition.record("a", version) for version in (1, 2, 3)])
    await drain(db, notebook)
    assert await handled(db) == []
    notebook.poison.clear()
    await ask_for_replay(db)
    await drain(db, notebook)
    assert await handled(db) == ["a1", "a2", "a3"]
    assert await count(db, KERNEL.parked_key) == 0
    assert await count(db, KERNEL.parked_event) == 0
    assert [letter.state for letter in await rows(db, KERNEL.dead_letter)] == ["replayed"]
    assert await outcomes(db) == ["handled"] * 3
    await processor(db, notebook).process([partition.record("a", 4)])
    assert await handled(db) == ["a1", "a2", "a3", "a4"]


async def test_a_replay_that_fails_half_way_parks_again_at_that_event(db: Database) -> None:
    partition = Partition()
    notebook = Notebook(poison={"a1", "a2"})
    await processor(db, notebook).process([partition.record("a", version) for version in (1, 2, 3)])
    notebook.poison.remove("a1")
    await ask_for_replay(db)
    await drain(db, notebook)
    assert await handled(db) == ["a1"]
    [parked] = await rows(db, KERNEL.parked_key)
    assert (parked.state, parked.attempts, parked.error) == ("parked", 1, "cannot read a2")
    assert await count(db, KERNEL.parked_event) == 2


async def test_an_event_that_arrives_during_a_replay_queues_behind(db: Database) -> None:
    partition = Partition()
    notebook = Notebook(poison={"a1"})
    consumer = processor(db, notebook)
    await consumer.process([partition.record("a", 1), partition.record("a", 2)])
    notebook.poison.clear()
    await ask_for_replay(db)
    job = Drain({"probe.cases": routes_of(notebook.handlers)})
    await job.run(db)
    await consumer.process([partition.record("a", 3)])
    assert await handled(db) == ["a1"]
    await drain(db, notebook)
    assert await handled(db) == ["a1", "a2", "a3"]


async def test_arrivals_and_replay_at_once_lose_nothing_and_keep_order(db: Database) -> None:
    partition = Partition()
    notebook = Notebook(poison={"a1"})
    consumer = processor(db, notebook)
    await consumer.process([partition.record("a", 1)])
    notebook.poison.clear()
    await ask_for_replay(db)

    async def arrive() -> None:
        for version in range(2, 40):
            await consumer.process([partition.record("a", version)])

    async def replay() -> None:
        while await count(db, KERNEL.parked_key):
            await drain(db, notebook)

    await asyncio.gather(arrive(), replay())
    await drain(db, notebook)
    assert await handled(db) == [f"a{version}" for version in range(1, 40)]


@pytest.mark.parametrize("absent", [Unavailable(code="policy_not_here"), OrganisationUnknown()])
async def test_what_a_handler_lacks_is_waited_for(db: Database, absent: Exception) -> None:
    notebook = Notebook(absent={"a1": absent})
    patient = RetryPolicy(first_pause_seconds=0.01, longest_pause_seconds=0.02, unavailable_seconds=5)
    partition = Partition()
    records = [partition.record("a", 1), partition.record("b", 1)]
    processing = asyncio.create_task(processor(db, notebook, patient).process(records))
    while await handled(db) != ["b1"]:
        await asyncio.sleep(0.01)
    notebook.absent.clear()
    await processing
    assert await handled(db) == ["b1", "a1"]
    assert await count(db, KERNEL.dead_letter) == 0


async def test_what_does_not_come_in_time_parks_without_a_dead_letter_and_heals_by_itself(db: Database) -> None:
    notebook = Notebook(absent={"a1": Unavailable(code="policy_not_here")})
    await processor(db, notebook).process([Partition().record("a", 1)])
    [parked] = await rows(db, KERNEL.parked_key)
    assert (parked.code, parked.state) == ("policy_not_here", "parked")
    assert parked.retry_at is not None
    assert await count(db, KERNEL.dead_letter) == 0
    notebook.absent.clear()
    await drain(db, notebook)
    assert await handled(db) == ["a1"]
    assert await count(db, KERNEL.parked_key) == 0


async def test_what_waits_for_another_topics_event_does_not_stand_in_its_way(db: Database) -> None:
    notebook = Notebook(absent={"early": Unavailable(code="case_not_here")})
    retry = replace(HASTY, retry_parked_after=timedelta(hours=1))
    other, mine = Partition(SETTLEMENT), Partition(INTAKE)
    consumer = processor(db, notebook, retry)
    await consumer.process([other.record("a", 1, "early", aggregate="remedy")])
    await consumer.process([mine.record("a", 1, "registered")])
    assert await handled(db) == ["registered"]
    await consumer.process([other.record("a", 2, "behind", aggregate="remedy")])
    assert await handled(db) == ["registered"]
    [parked] = await rows(db, KERNEL.parked_key)
    assert (parked.topic, parked.key) == (SETTLEMENT, "a")
    notebook.absent.clear()
    await ask_for_replay(db)
    await drain(db, notebook)
    assert await handled(db) == ["registered", "early", "behind"]


async def test_events_handled_together_keep_the_order_of_their_key(db: Database) -> None:
    partition = Partition()
    seen: list[list[str]] = []

    async def together(_tx: Transaction, events: Sequence[Envelope[Any]]) -> None:
        seen.append([event.data.note for event in events])

    routes = routes_of({NoteMadeV1: BatchHandler(together), NoteSeenV1: Notebook().note})
    records = [
        partition.record("a", 1),
        partition.record("b", 1),
        partition.record("a", 2, type="note.seen.v1"),
        partition.record("b", 2),
    ]
    await Processor(db, consumer="probe.cases", routes=routes, retry=HASTY).process(records)
    assert seen == [["a1", "b1"], ["b2"]]
    assert await handled(db) == ["a2"]
    assert await outcomes(db) == ["handled"] * 4


async def test_two_types_of_one_handler_are_handled_together_and_counted_apart(db: Database) -> None:
    partition = Partition()
    seen: list[list[str]] = []

    async def together(_tx: Transaction, events: Sequence[Envelope[Any]]) -> None:
        seen.append([f"{type(event.data).__name__} {event.data.note}" for event in events])

    one = BatchHandler(together)
    routes = routes_of({NoteMadeV1: one, NoteSeenV1: one})
    before = [counted(kind) for kind in ("note.made.v1", "note.seen.v1")]
    records = [
        partition.record("a", 1),
        partition.record("a", 2, type="note.seen.v1"),
        partition.record("b", 1),
    ]
    await Processor(db, consumer="probe.cases", routes=routes, retry=HASTY).process(records)
    assert seen == [["NoteMadeV1 a1", "NoteSeenV1 a2", "NoteMadeV1 b1"]]
    after = [counted(kind) for kind in ("note.made.v1", "note.seen.v1")]
    assert [now - then for now, then in zip(after, before, strict=True)] == [2, 1]


async def test_a_payload_that_does_not_fit_parks_its_key_at_once(db: Database) -> None:
    partition = Partition()
    good = partition.record("a", 1)
    record = partition.raw(b"a", b'{"note": 713397}', good.headers)
    notebook = Notebook()
    await processor(db, notebook).process([record])
    assert notebook.calls == []
    [letter] = await rows(db, KERNEL.dead_letter)
    assert letter.code == "undecodable"
    assert "note" in letter.error
    assert "713397" not in letter.error
    assert await count(db, KERNEL.parked_key) == 1


@pytest.mark.parametrize(
    ("key", "value", "headers"),
    [
        (None, None, ()),
        (b"", b"", (("ce_specversion", b"1.0"),)),
        (b"\xff\xfe", b"\xff", (("ce_id", b"\xff"),)),
        (b"k\x00", b"{}", (("ce_id", b"a\x00b"), ("\x01", b"\x02" * 100_000))),
    ],
)
async def test_garbage_is_dead_lettered_and_the_rest_goes_on(
    db: Database, key: bytes | None, value: bytes | None, headers: tuple[tuple[str, bytes], ...]
) -> None:
    partition = Partition()
    records = [partition.raw(key, value, headers), partition.record("a", 1)]
    await processor(db, Notebook()).process(records)
    await processor(db, Notebook()).process(records)
    assert await handled(db) == ["a1"]
    [letter] = await rows(db, KERNEL.dead_letter)
    assert (letter.code, letter.value, letter.record_key) == ("undecodable", value, key)


async def test_a_database_that_is_away_parks_nothing_and_says_so(probe_url: str) -> None:
    away = connect(probe_url + "_gone", kernel=KERNEL, application_name="probe")
    with pytest.raises(DatabaseUnavailable):
        await processor(away, Notebook()).process([Partition().record("a", 1)])
    await away.dispose()


async def test_a_handler_that_kills_its_connection_is_poison_not_an_outage(db: Database) -> None:
    class Killer(Notebook):
        async def note(self, tx, event) -> None:  # type: ignore[no-untyped-def]
            if event.data.note == "a1":
                await tx.rows("SELECT pg_terminate_backend(pg_backend_pid())")
            await super().note(tx, event)

    partition = Partition()
    consumer = processor(db, Killer())
    await consumer.process([partition.record("a", 1), partition.record("b", 1)])
    assert await handled(db) == ["b1"]
    assert await count(db, KERNEL.parked_key) == 1


async def test_what_a_failing_handler_wrote_is_rolled_back(db: Database) -> None:
    await processor(db, Notebook(poison={"a1"})).process([Partition().record("a", 1)])
    assert await count(db, HANDLED) == 0
