"""The worker of one service: consumers, outbox relay and jobs.

Loops are supervised: a crash is logged and the loop restarted with back-off, so that one bad row or
an unavailable broker does not end the process. The end is ordered and bounded: consumers and
jobs take no more and finish what they have, the relay flushes, then connections close.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from shared.contracts import topics
from shared.contracts.envelope import Contract, Envelope
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, reading
from shared.platform.inbox import arrival
from shared.platform.inbox.arrival import BatchHandler, Route, routes_of
from shared.platform.inbox.consume import DEFAULT_RETRY, Processor, breaker_of
from shared.platform.inbox.drain import UNTIL_RUN_AGAIN, Drain
from shared.platform.inbox.loop import ConsumerLoop
from shared.platform.inbox.rules.failures import RetryPolicy
from shared.platform.kafka.port import Broker
from shared.platform.loops import Pace, supervised
from shared.platform.maintenance import archive_partitions, purge
from shared.platform.notices import Notices
from shared.platform.observability import metrics
from shared.platform.organisations import REGISTRY_HANDLERS
from shared.platform.outbox.relay import BATCH, UNTIL_WAITING, Relay
from shared.platform.progress import Progress as Progress
from shared.platform.samples import PLATFORM_SAMPLES
from shared.platform.sampling import LOOP as SAMPLES_LOOP
from shared.platform.sampling import Sample, Sampler
from shared.platform.watch import Question, Watch, is_now

Handler: TypeAlias = arrival.Handler
Handlers: TypeAlias = arrival.Handlers
Body = Callable[[], Awaitable[None]]

FINISH_SECONDS: Final = 10.0
FLUSH_SECONDS: Final = 5.0


LONGEST_REST_SECONDS: Final = 30.0
"""A loop that the watch wakes looks by itself after so long."""


def _nothing_in_hand() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A periodic job: `run` does at most one batch and returns the number of things done.

    It runs again at once while it did something, else after a wait that grows from a quarter of `idle_seconds` to it.
    `asks` is a SELECT of one float8: the seconds until there is something to do, NULL or no row when nothing is known
    of. A job with one rests until the watch of its process wakes it: when that time has come, and where it comes sooner
    by a commit, then. `in_hand` says whether it has begun what it has to end, whatever the answer.
    """

    name: str
    run: Callable[[Database], Awaitable[int]]
    idle_seconds: float = 0.25
    asks: str | None = None
    in_hand: Callable[[], bool] = _nothing_in_hand


async def run_worker(  # noqa: PLR0913 - the composition root of a worker
    *,
    service: str,
    db: Database,
    broker: Broker,
    handlers: Handlers,
    jobs: Sequence[Job],
    samples: Sequence[Sample] = (),
    stop: asyncio.Event,
    progress: Progress,
) -> None:
    """Run until `stop` is set, then end in order: take no more, finish, flush, commit offsets, close."""
    worker = Worker(service=service, db=db, broker=broker, handlers=handlers, jobs=jobs, samples=samples)
    await worker.run(stop=stop, progress=progress)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A worker over any broker."""

    service: str
    db: Database
    broker: Broker
    handlers: Handlers
    jobs: Sequence[Job] = ()
    samples: Sequence[Sample] = ()
    retry: RetryPolicy = DEFAULT_RETRY

    async def run(self, *, stop: asyncio.Event, progress: Progress) -> None:
        """Run all loops until `stop` is set and they have ended."""
        relay_stop = asyncio.Event()
        pace = Pace(stop=relay_stop, idle_seconds=LONGEST_REST_SECONDS, gathers=True)
        async with asyncio.TaskGroup() as group:
            relay = group.create_task(self._relay(pace, relay_stop, progress), name="relay")
            loops = [group.create_task(body, name=name) for name, body in self._loops(stop, progress, relay=pace)]
            await stop.wait()
            await _end_within(loops, FINISH_SECONDS)
            relay_stop.set()
            await _end_within([relay], FLUSH_SECONDS)

    def routes(self) -> dict[str, tuple[tuple[str, ...], dict[str, Route]]]:
        """Topics and routes of each consumer group: the registry's, and that of the case topics."""
        registry: dict[type[Contract], Handler | BatchHandler] = dict(REGISTRY_HANDLERS)
        cases: dict[type[Contract], Handler | BatchHandler] = {}
        for contract, handler in self.handlers.items():
            if contract.TOPIC == topics.REGISTRY:
                registry[contract] = _after(REGISTRY_HANDLERS.get(contract), handler)
            else:
                cases[contract] = handler
        groups = {f"{self.service}.registry": registry, f"{self.service}.cases": cases}
        return {
            name: (tuple(sorted({contract.TOPIC for contract in chosen})), routes_of(chosen))
            for name, chosen in groups.items()
            if chosen
        }

    def _loops(
        self, stop: asyncio.Event, progress: Progress, *, relay: Pace
    ) -> list[tuple[str, Coroutine[None, None, None]]]:
        groups = self.routes()
        breakers = {name: breaker_of(self.retry) for name in groups}
        loops: list[tuple[str, Coroutine[None, None, None]]] = []
        for name, (chosen, routes) in groups.items():
            processor = Processor(self.db, consumer=name, routes=routes, retry=self.retry, breaker=breakers[name])
            progress.watch(name, breakers[name].trouble)
            metrics.expect_consumer(name, [(route.contract.TOPIC, kind) for kind, route in routes.items()])
            body = self._consumer_body(name, chosen, processor=processor, stop=stop, progress=progress)
            loops.append((name, supervised(name, body, stop=stop, progress=progress)))
        drain = Drain({name: routes for name, (_, routes) in groups.items()}, breakers)
        jobs = (*self.jobs, *_kernel_jobs(drain))
        paces = [Pace(stop=stop, idle_seconds=LONGEST_REST_SECONDS if job.asks else job.idle_seconds) for job in jobs]
        for job, pace in zip(jobs, paces, strict=True):
            metrics.expect_job(job.name)
            body = _job_body(job, self.db, pace=pace, stop=stop, progress=progress)
            loops.append((job.name, supervised(job.name, body, stop=stop, progress=progress)))
        asked = [(job, pace) for job, pace in zip(jobs, paces, strict=True) if job.asks]
        notices = Notices(self.db, stop=stop)
        watch = self._watch(asked, relay=relay, notices=notices, stop=stop)
        self.db.wake_jobs, self.db.tell_others = watch.wake, notices.tell
        further = {"watch": watch.run, "notices": notices.run, SAMPLES_LOOP: self._sampling(stop, progress)}
        loops += [(name, supervised(name, body, stop=stop, progress=progress)) for name, body in further.items()]
        return loops

    def _watch(self, asked: Sequence[tuple[Job, Pace]], *, relay: Pace, notices: Notices, stop: asyncio.Event) -> Watch:
        questions = [Question(asks=job.asks or "", pace=pace) for job, pace in asked]
        questions.append(Question(asks=UNTIL_WAITING, pace=relay))
        return Watch(self.db, questions, notices=notices, stop=stop)

    def _sampling(self, stop: asyncio.Event, progress: Progress) -> Body:
        sampler = Sampler(self.db, (*PLATFORM_SAMPLES, *self.samples))

        async def body() -> None:
            await sampler.run(stop, progress)

        return body

    def _consumer_body(
        self, group: str, chosen: tuple[str, ...], *, processor: Processor, stop: asyncio.Event, progress: Progress
    ) -> Body:
        async def body() -> None:
            loop = ConsumerLoop(self.broker, group=group, topics=chosen, processor=processor, progress=progress)
            await loop.run(stop)

        return body

    async def _relay(self, pace: Pace, stop: asyncio.Event, progress: Progress) -> None:
        relay = Relay(self.db, self.broker)
        self.db.wake_relay = pace.wake

        async def body() -> None:
            while not stop.is_set():
                sent = await relay.run_once()
                progress.beat("relay", has_work=sent > 0)
                if sent < BATCH:
                    await pace.rest(did_work=sent > 0)
            while await relay.run_once():
                progress.beat("relay", has_work=True)

        try:
            await supervised("relay", body, stop=stop, progress=progress)
        finally:
            await relay.give_up_producer()


def _after(first: Handler | None, second: Handler | BatchHandler) -> Handler | BatchHandler:
    if first is None:
        return second
    if isinstance(second, BatchHandler):
        raise TypeError("the kernel handles this event first, one at a time")

    async def both(tx: Transaction, event: Envelope[Any]) -> None:
        await first(tx, event)
        await second(tx, event)

    return both


def _kernel_jobs(drain: Drain) -> tuple[Job, ...]:
    return (
        Job(name="kernel.parked", run=drain.run, idle_seconds=0.5, asks=UNTIL_RUN_AGAIN),
        Job(name="kernel.archive_partitions", run=archive_partitions, idle_seconds=3600.0),
        Job(name="kernel.purge", run=purge, idle_seconds=60.0),
    )


def _job_body(job: Job, db: Database, *, pace: Pace, stop: asyncio.Event, progress: Progress) -> Body:
    async def body() -> None:
        woken = False
        while not stop.is_set():
            progress.beat(job.name, has_work=True)
            try:
                with metrics.JOB_DURATION.labels(job_name=job.name).time():
                    done = await job.run(db) if woken or job.in_hand() or await _has_work(job, db) else 0
            except Exception:
                metrics.JOB_FAILURES.labels(job_name=job.name).inc()
                raise
            if done:
                metrics.JOB_ITEMS.labels(job_name=job.name).inc(done)
            progress.beat(job.name)
            woken = await pace.rest(did_work=done > 0 or job.in_hand())

    return body


async def _has_work(job: Job, db: Database) -> bool:
    if job.asks is None:
        return True
    async with reading(db) as tx:
        [(seconds,)] = await tx.rows(f"SELECT ({job.asks})")  # NULL where the question has no row, as in `Watch`
    return is_now(seconds)


async def _end_within(tasks: Sequence[asyncio.Task[None]], seconds: float) -> None:
    """Wait for tasks that have been told to stop; cancel those that do not."""
    _, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=1.0)
