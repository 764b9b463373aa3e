"""A whole worker: outbox to handler over a broker, start and end in every weather."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import ClassVar

from operate.runtime.topics import Topic, ensure_topics
from shared.contracts.envelope import Contract
from shared.contracts.registry import OrganisationClockAdvancedV1, OrganisationCreatedV1, PolicyPublishedV1
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading
from shared.platform.inbox.rules.failures import RetryPolicy
from shared.platform.kafka.aio import AioBroker, AioProducer
from shared.platform.kafka.port import Broker
from shared.platform.observability import metrics
from shared.platform.organisation_clock import organisation_now
from shared.platform.outbox.append import Outgoing, append
from shared.platform.worker import Job, Progress, Worker, run_worker
from tests.support.memory_broker import MemoryBroker, MemoryProducer
from tests.support.probe import KERNEL, Notebook, NoteMadeV1, a_note, count, handled, publish, rows
from tests.support.samples import values
from tests.support.settings import FAST

JUNE = datetime(2026, 6, 1, tzinfo=UTC)


def worker(
    db: Database, broker: Broker, notebook: Notebook, *, service: str = "probe", jobs: tuple[Job, ...] = ()
) -> Worker:
    retry = RetryPolicy(first_pause_seconds=0.001, longest_pause_seconds=0.01, poison_in_a_row=3)
    return Worker(service=service, db=db, broker=broker, handlers=notebook.handlers, jobs=jobs, retry=retry)


class CountedKafka(AioBroker):
    """Kafka that counts the producers made: a second one means that the first was given up."""

    producers = 0

    def producer(self) -> AioProducer:
        self.producers += 1
        return super().producer()


class CountedMemory(MemoryBroker):
    """The same in memory."""

    producers = 0

    def producer(self) -> MemoryProducer:
        self.producers += 1
        return super().producer()


async def second_producer(broker: CountedKafka | CountedMemory) -> None:
    async with asyncio.timeout(20):
        while broker.producers < 2:
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(one: Worker, progress: Progress | None = None) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(one.run(stop=stop, progress=progress or Progress()))
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(task, 20)


async def until(db: Database, notes: list[str]) -> None:
    async with asyncio.timeout(20):
        while await handled(db) != notes:
            await asyncio.sleep(0.02)


async def test_an_event_goes_from_outbox_to_handler(db: Database) -> None:
    broker = MemoryBroker()
    async with running(worker(db, broker, Notebook())):
        await publish(db, *(a_note("a", version) for version in range(1, 6)))
        await until(db, [f"a-{version}" for version in range(1, 6)])
    assert sum(broker.committed("probe.cases").values()) == 5


async def test_over_real_kafka(db: Database, bootstrap: str) -> None:
    class ApartV1(NoteMadeV1):
        TOPIC: ClassVar[str] = f"probe.{new_id()}.v1"

    def apart(version: int) -> Outgoing:
        return replace(a_note("a", version), data=ApartV1(note=f"a-{version}"))

    await ensure_topics(bootstrap, [Topic(name=ApartV1.TOPIC, partitions=4, retention_hours=1)])
    one = Worker(
        service=f"probe-{new_id()}",
        db=db,
        broker=AioBroker(bootstrap, tuning=FAST),
        handlers={ApartV1: Notebook().note},
    )
    async with running(one):
        await publish(db, *map(apart, range(1, 301)))
        await until(db, [f"a-{version}" for version in range(1, 301)])
    assert await count(db, KERNEL.outbox) == 0


async def test_a_worker_starts_and_ends_while_kafka_is_down(db: Database) -> None:
    stop, progress, broker = asyncio.Event(), Progress(), CountedKafka("127.0.0.1:1")
    running_worker = asyncio.create_task(
        run_worker(
            service="probe",
            db=db,
            broker=broker,
            handlers=Notebook().handlers,
            jobs=(),
            stop=stop,
            progress=progress,
        )
    )
    await publish(db, a_note("a", 1))
    await second_producer(broker)
    assert not running_worker.done()
    began = time.monotonic()
    stop.set()
    await asyncio.wait_for(running_worker, 20)
    assert time.monotonic() - began < 18
    assert await count(db, KERNEL.outbox) == 1


async def test_what_was_appended_before_the_stop_is_flushed(db: Database) -> None:
    broker = MemoryBroker()
    async with running(worker(db, broker, Notebook())) as stop:
        await asyncio.sleep(0.1)
        await publish(db, *(a_note(f"k{number}", 1) for number in range(50)))
        stop.set()
    assert await count(db, KERNEL.outbox) == 0
    assert len(broker.records("redress.intake.v1")) == 50


async def test_registry_events_are_kept_by_every_service(db: Database) -> None:
    org = OrgId(new_id())

    def about(version: int, data: Contract) -> Outgoing:
        return Outgoing(
            org=org, key=org, aggregate="org", aggregate_id=org, version=version, occurred_at=JUNE, data=data
        )

    created = OrganisationCreatedV1(organisation_id=org, name="a mill", simulated_now=JUNE)
    later = JUNE.replace(hour=9)
    policy = PolicyPublishedV1(
        organisation_id=org, pack="p", version=1, effective_from=date(2026, 1, 1), digest="d", sections={"pack": {}}
    )
    async with running(worker(db, MemoryBroker(), Notebook())):
        events = (created, OrganisationClockAdvancedV1(organisation_id=org, now=later), policy)
        await publish(db, *(about(number, event) for number, event in enumerate(events, start=1)))
        async with asyncio.timeout(10):
            while not await count(db, KERNEL.policy_version):
                await asyncio.sleep(0.02)
    async with reading(db) as tx:
        assert await organisation_now(tx, org) == later
    [stored] = await rows(db, KERNEL.policy_version)
    assert (stored.pack, stored.version, stored.effective_from) == ("p", 1, date(2026, 1, 1))
    assert stored.sections == {"pack": {}}


async def test_a_job_that_crashes_is_run_again(db: Database) -> None:
    rounds = 0

    async def stumble(_db: Database) -> int:
        nonlocal rounds
        rounds += 1
        if rounds < 3:
            raise RuntimeError("stumbled")
        return 0

    async with running(worker(db, MemoryBroker(), Notebook(), jobs=(Job(name="stumble", run=stumble),))):
        async with asyncio.timeout(10):
            while rounds < 5:
                await asyncio.sleep(0.02)


async def test_a_job_runs_only_while_its_question_says_so(db: Database) -> None:
    rounds: Counter[str] = Counter()

    def counted(name: str) -> Callable[[Database], Awaitable[int]]:
        async def run(_db: Database) -> int:
            rounds[name] += 1
            return 0

        return run

    jobs = (
        Job(name="always", run=counted("always"), idle_seconds=0.02, asks="SELECT 0::float8"),
        Job(name="never", run=counted("never"), idle_seconds=0.02, asks="SELECT NULL::float8"),
        Job(name="no_row", run=counted("no_row"), idle_seconds=0.02, asks="SELECT 0::float8 WHERE false"),
    )
    async with running(worker(db, MemoryBroker(), Notebook(), jobs=jobs)), asyncio.timeout(10):
        while rounds["always"] < 5:
            await asyncio.sleep(0.02)
    assert rounds["never"] == rounds["no_row"] == 0
    assert values(metrics.JOB_FAILURES)[("no_row",)] == 0


async def test_a_job_with_work_runs_at_once_and_an_idle_one_slows_down(db: Database) -> None:
    left, idle_rounds = 50, 0

    async def work(_db: Database) -> int:
        nonlocal left
        if left:
            left -= 1
            return 1
        return 0

    async def idle(_db: Database) -> int:
        nonlocal idle_rounds
        idle_rounds += 1
        return 0

    jobs = (Job(name="busy", run=work), Job(name="idle", run=idle))
    async with running(worker(db, MemoryBroker(), Notebook(), jobs=jobs)), asyncio.timeout(20):
        began = time.monotonic()
        while left:
            await asyncio.sleep(0.005)
        while idle_rounds < 8:
            await asyncio.sleep(0.005)
    # After the first seven rounds: a quarter of `idle_seconds`, a half, then all of it.
    pauses = 0.0625 + 0.125 + 5 * 0.25
    assert pauses - 0.1 < time.monotonic() - began


async def test_a_relay_survives_a_frozen_broker(db: Database) -> None:
    broker = CountedMemory()
    async with running(worker(db, broker, Notebook())):
        await publish(db, a_note("a", 1))
        await until(db, ["a-1"])
        broker.freeze()
        await publish(db, a_note("a", 2))
        await second_producer(broker)
        assert await count(db, KERNEL.outbox) == 1
        broker.thawed.set()
        await until(db, ["a-1", "a-2"])


async def test_handling_and_what_it_announces_are_one_transaction(db: Database) -> None:
    class Answering(Notebook):
        async def note(self, tx, event) -> None:  # type: ignore[no-untyped-def]
            await super().note(tx, event)
            await append(tx, [a_note(event.key, 100 + event.version, f"re:{event.data.note}", seen=True)])

    broker = MemoryBroker()
    async with running(worker(db, broker, Answering())):
        await publish(db, a_note("a", 1))
        async with asyncio.timeout(10):
            while len(broker.records("redress.intake.v1")) < 2:
                await asyncio.sleep(0.02)
    question, answer = (dict(record.headers) for record in broker.records("redress.intake.v1"))
    assert answer["ce_correlationid"] == question["ce_correlationid"]
    assert answer["traceparent"][3:35] == question["traceparent"][3:35]
    assert answer["traceparent"] != question["traceparent"]


async def test_the_stop_waits_for_what_is_in_hand(db: Database) -> None:
    class Slow(Notebook):
        async def note(self, tx, event) -> None:  # type: ignore[no-untyped-def]
            await asyncio.sleep(0.5)
            await super().note(tx, event)

    broker = MemoryBroker()
    slow = Slow()
    async with running(worker(db, broker, slow)) as stop:
        await publish(db, a_note("a", 1))
        async with asyncio.timeout(5):
            while not broker.records("redress.intake.v1"):
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        stop.set()
    assert await handled(db) == ["a-1"]
    assert sum(broker.committed("probe.cases").values()) == 1


async def test_two_workers_share_the_work_and_repeat_none_of_it(db: Database) -> None:
    broker = MemoryBroker()
    notebook = Notebook()
    async with running(worker(db, broker, notebook)), running(worker(db, broker, notebook)):
        for round_number in range(1, 6):
            await publish(db, *(a_note(f"k{number}", round_number) for number in range(40)))
        async with asyncio.timeout(20):
            while await count(db, KERNEL.inbox) < 200:
                await asyncio.sleep(0.05)
    notes = await handled(db)
    assert len(notes) == len(set(notes)) == 200
    for number in range(40):
        assert [note for note in notes if note.startswith(f"k{number}-")] == [f"k{number}-{r}" for r in range(1, 6)]
