"""A batch ends by time; what fails or must wait sets aside its own key, and the rest stands."""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import Any

from sqlalchemy import update

from shared.contracts.envelope import Envelope
from shared.contracts.topics import INTAKE, SLA
from shared.kernel.errors import Unavailable
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, transaction
from shared.platform.inbox.arrival import BatchHandler, routes_of
from shared.platform.inbox.consume import Consumption, Processor
from shared.platform.inbox.rules.causes import LONGEST_WAIT
from shared.platform.inbox.rules.failures import RetryPolicy
from shared.platform.inbox.store import PostgresInbox
from shared.platform.progress import Progress
from tests.integration.platform.inbox.test_processing import HASTY, Partition, drain, outcomes, processor
from tests.integration.platform.inbox.test_worker import running, until, worker
from tests.support.memory_broker import MemoryBroker
from tests.support.probe import KERNEL, ORG, Notebook, NoteMadeV1, NoteSeenV1, a_note, handled, publish, rows
from tests.support.statements import statements_of


class Slow(Notebook):
    """Each note takes a while; `began` has the transaction of each call."""

    def __init__(self, seconds: float = 0.0, **given: Any) -> None:
        super().__init__(**given)
        self.seconds = seconds
        self.transactions: list[object] = []

    async def note(self, tx: Transaction, event: Envelope[NoteMadeV1]) -> None:
        await asyncio.sleep(self.seconds)
        [(began,)] = await tx.rows("SELECT now()")
        self.transactions.append(began)
        await super().note(tx, event)


class Taking(Notebook):
    """Each note takes 0.4 s of the clock `now`."""

    now = 0.0

    async def note(self, tx: Transaction, event: Envelope[NoteMadeV1]) -> None:
        self.now += 0.4
        await super().note(tx, event)


def by_the_clock_of(db: Database, notebook: Taking) -> Consumption[Transaction]:
    return Consumption(
        PostgresInbox(db, "probe.cases"),
        consumer="probe.cases",
        routes=routes_of(notebook.handlers),
        retry=HASTY,
        monotonic=lambda: notebook.now,
    )


async def versions(db: Database) -> dict[str, int]:
    return {row.aggregate_id: row.version for row in await rows(db, KERNEL.high_water)}


async def test_a_transaction_ends_after_a_second_and_the_rest_stays_in_hand(db: Database) -> None:
    partition = Partition()
    one = by_the_clock_of(db, Taking())
    one.take([partition.record("a", version) for version in range(1, 6)])
    assert await one.step() == 3
    assert await handled(db) == ["a1", "a2", "a3"]
    assert await outcomes(db) == ["handled"] * 3
    assert await versions(db) == {"a": 3}
    assert list(one.hand.offsets().values()) == [3]
    assert await one.step() == 2
    assert await handled(db) == ["a1", "a2", "a3", "a4", "a5"]


async def test_what_is_taken_back_is_as_if_it_had_not_come(db: Database) -> None:
    partition = Partition()
    one = by_the_clock_of(db, Taking())
    await one.process([partition.record("b", 1)])
    one.take([partition.record("a", version) for version in (1, 2, 3)] + [partition.record("b", 2)])
    await one.step()
    assert await versions(db) == {"a": 3, "b": 1}
    assert len(one.hand) == 1


async def test_the_good_events_beside_five_bad_ones_are_handled_again_once_and_together(db: Database) -> None:
    partition = Partition()
    bad = {f"k{number}1" for number in (20, 50, 99, 150, 199)}
    notebook, ticks = Slow(poison=bad), count()
    one = Consumption(
        PostgresInbox(db, "probe.cases"),
        consumer="probe.cases",
        routes=routes_of(notebook.handlers),
        retry=replace(HASTY, poison_in_a_row=100),
        monotonic=lambda: next(ticks) / 10_000,
    )
    await one.process([partition.record(f"k{number}", 1) for number in range(200)])
    calls = [note for note in notebook.calls if note not in bad]
    assert sorted(await handled(db)) == sorted(set(calls))
    assert len(set(calls)) == 195
    assert max(Counter(calls).values()) == 2
    assert {row.key for row in await rows(db, KERNEL.parked_key)} == {note[:-1] for note in bad}
    of_good_ones = {began for note, began in zip(notebook.calls, notebook.transactions, strict=True) if note in calls}
    assert len(of_good_ones) == 2


async def test_a_bad_event_in_a_call_for_many_is_found_by_halves(db: Database) -> None:
    calls: list[int] = []

    async def together(_tx: Transaction, events: Any) -> None:
        calls.append(len(events))
        if any(event.data.note == "k371" for event in events):
            raise RuntimeError("cannot read")

    partition = Partition()
    routes = routes_of({NoteMadeV1: BatchHandler(together), NoteSeenV1: Notebook().note})
    one = Processor(db, consumer="probe.cases", routes=routes, retry=replace(HASTY, attempts=1))
    await one.process([partition.record(f"k{number}", 1) for number in range(64)])
    assert calls == [64, 64, 32, 32, 16, 8, 4, 4, 2, 1, 1, 2, 8, 16]
    assert [row.key for row in await rows(db, KERNEL.parked_key)] == ["k37"]
    assert (await outcomes(db)).count("handled") == 63


async def test_a_key_that_waits_delays_no_other(db: Database) -> None:
    notebook = Slow(absent={"a-1": Unavailable(code="policy_not_here")})
    patient = RetryPolicy(first_pause_seconds=0.05, longest_pause_seconds=0.1, unavailable_seconds=60)
    async with running(replace(worker(db, MemoryBroker(), notebook), retry=patient)):
        await publish(db, a_note("a", 1), a_note("b", 1))
        await until(db, ["b-1"])
        for version in (2, 3):
            await publish(db, a_note("a", version), a_note("b", version))
            async with asyncio.timeout(2):
                while f"b-{version}" not in await handled(db):
                    await asyncio.sleep(0.01)
        assert await handled(db) == ["b-1", "b-2", "b-3"]
        notebook.absent.clear()
        await until(db, ["b-1", "b-2", "b-3", "a-1", "a-2", "a-3"])


async def test_a_kill_costs_about_a_second_of_a_long_batch(db: Database) -> None:
    broker, notebook = MemoryBroker(partitions=1), Slow(0.2)
    await publish(db, *(a_note(f"k{number}", 1) for number in range(20)))
    first = asyncio.create_task(worker(db, broker, notebook).run(stop=asyncio.Event(), progress=Progress()))
    async with asyncio.timeout(20):
        while len(notebook.calls) < 14:
            await asyncio.sleep(0.01)
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first
    committed = sum(broker.committed("probe.cases").values())
    assert committed >= 14 - 6
    assert len(await handled(db)) == committed


async def test_a_long_batch_is_not_taken_for_a_stuck_one(db: Database) -> None:
    progress = Progress()
    async with running(worker(db, MemoryBroker(), Slow(0.3)), progress):
        await publish(db, *(a_note(f"k{number}", 1) for number in range(12)))
        async with asyncio.timeout(20):
            while len(await handled(db)) < 12:
                assert progress.stalled(after_seconds=2.0) == {}
                await asyncio.sleep(0.05)


async def test_an_effect_is_handled_after_its_cause_in_either_order(db: Database) -> None:
    intake, sla = Partition(INTAKE), Partition(SLA)
    saw = f"{INTAKE}/note/a@5"
    notebook = Notebook()
    both = [
        sla.record("a", 1, "breach", aggregate="clock", aggregate_id="c", saw_versions=saw),
        intake.record("a", 5, "owner"),
    ]
    await processor(db, notebook).process(both)
    assert await handled(db) == ["owner", "breach"]
    later = [intake.record("b", 5, "owner-b"), replace_key(sla, "b")]
    await processor(db, notebook).process(later)
    assert (await handled(db))[2:] == ["owner-b", "breach-b"]


def replace_key(sla: Partition, key: str) -> Any:
    saw = f"{INTAKE}/note/{key}@5"
    return sla.record(key, 1, f"breach-{key}", aggregate="clock", aggregate_id=key, saw_versions=saw)


async def test_an_effect_whose_cause_comes_later_waits_without_delaying_others(db: Database) -> None:
    intake, sla = Partition(INTAKE), Partition(SLA)
    one = processor(db, Notebook(), RetryPolicy(first_pause_seconds=0.001, longest_pause_seconds=0.01))
    one.take([replace_key(sla, "a"), sla.record("c", 1, "other", aggregate="clock", aggregate_id="other")])
    await one.step()
    assert await handled(db) == ["other"]
    one.take([intake.record("a", 5, "owner")])
    async with asyncio.timeout(5):
        while len(one.hand):
            await one.step()
            await asyncio.sleep(0.005)
    assert await handled(db) == ["other", "owner", "breach-a"]
    assert ORG in {row.org_id for row in await rows(db, KERNEL.inbox)}


async def test_what_waited_for_long_enough_is_handled_without_its_cause(db: Database) -> None:
    sla, notebook = Partition(SLA), Notebook()
    await processor(db, notebook).process([replace_key(sla, "a")])
    await drain(db, notebook)
    assert await handled(db) == []
    [parked] = await rows(db, KERNEL.parked_key)
    assert parked.code == "cause_not_here"
    table = KERNEL.parked_event
    async with transaction(db) as tx:
        await tx.execute(update(table).values(received_at=table.c.received_at - LONGEST_WAIT))
        await tx.execute(update(KERNEL.parked_key).values(retry_at=KERNEL.parked_key.c.parked_at))
    await drain(db, notebook)
    assert await handled(db) == ["breach-a"]
    assert await rows(db, KERNEL.parked_key) == []


async def test_what_is_parked_is_handled_when_its_cause_has_come(db: Database) -> None:
    intake, sla, notebook = Partition(INTAKE), Partition(SLA), Notebook()
    one = processor(db, notebook)
    await one.process([replace_key(sla, "a")])
    await one.process([intake.record("a", 5, "owner")])
    async with transaction(db) as tx:
        await tx.execute(update(KERNEL.parked_key).values(retry_at=KERNEL.parked_key.c.parked_at))
    await drain(db, notebook)
    assert await handled(db) == ["owner", "breach-a"]


async def test_what_waits_for_a_cause_does_not_hold_up_what_is_before_it_in_its_key(db: Database) -> None:
    intake, sla = Partition(INTAKE), Partition(SLA)
    saw = f"{INTAKE}/note/a@5"
    notebook = Notebook(poison={"bad"})
    records = [
        sla.record("x", 1, "bad"),
        sla.record("a", 1, "first", aggregate="clock"),
        sla.record("a", 2, "second", aggregate="clock", saw_versions=saw),
    ]
    await processor(db, notebook).process(records)
    assert await handled(db) == ["first"]
    await processor(db, notebook).process([intake.record("a", 5, "owner")])
    await drain(db, notebook)
    assert await handled(db) == ["first", "owner", "second"]


async def test_an_event_that_comes_twice_in_a_batch_and_fails_is_not_taken_for_handled(db: Database) -> None:
    intake, sla = Partition(INTAKE), Partition(SLA)
    effect = sla.record("a", 1, "effect", aggregate="clock", saw_versions=f"{INTAKE}/note/a@5")
    again = effect._replace(offset=7)
    one = processor(db, Notebook(), RetryPolicy(first_pause_seconds=0.001, longest_pause_seconds=0.01))
    one.take([effect, again])
    await one.step()
    assert await rows(db, KERNEL.inbox) == []
    await one.process([intake.record("a", 5, "owner")])
    assert await handled(db) == ["owner", "effect"]


async def test_an_effect_does_not_go_on_when_its_cause_in_the_batch_fails(db: Database) -> None:
    intake, sla, notebook = Partition(INTAKE), Partition(SLA), Notebook(absent={"owner": Unavailable()})
    one = processor(db, notebook, RetryPolicy(first_pause_seconds=0.001, longest_pause_seconds=0.01))
    one.take([intake.record("a", 5, "owner"), replace_key(sla, "a"), intake.record("b", 1, "other")])
    await one.step()
    assert await handled(db) == ["other"]
    notebook.absent.clear()
    await one.process([])
    assert await handled(db) == ["other", "owner", "breach-a"]


async def test_what_was_seen_is_asked_for_once_for_all_events(db: Database) -> None:
    intake, sla = Partition(INTAKE), Partition(SLA)
    one = Processor(db, consumer="probe.cases", routes=routes_of(Notebook().handlers), retry=HASTY)
    await one.process([intake.record(f"k{number}", 5) for number in range(20)])
    statements = statements_of(db.engine.sync_engine)
    await one.process(
        [
            sla.record(f"k{number}", 1, type="other.v1", saw_versions=f"{INTAKE}/note/k{number}@5", aggregate="clock")
            for number in range(20)
        ]
    )
    assert len(statements) <= 4
