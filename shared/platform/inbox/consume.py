"""Handles the records of a poll: all of them in one transaction, one event at a time when that fails.

Inbox rows are written first, then the high water, then the handlers run in order. An event that keeps failing
parks its key, and the other keys go on. Many dead letters in a row of one organisation and event type stop that
producer only: its events are set aside without being tried (`breaker`).
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from shared.kernel.errors import Unavailable
from shared.platform.db.engine import Database
from shared.platform.db.transaction import DatabaseUnavailable, Transaction, reading, transaction
from shared.platform.inbox import dead_letter, seen_events
from shared.platform.inbox.arrival import Arrival, Route, arrival_of, batch_handlers, call
from shared.platform.inbox.batches import batches, shares
from shared.platform.inbox.breaker import Breaker, Producer
from shared.platform.inbox.ordering_key import OrderingKey
from shared.platform.kafka.cloud_events import Undecodable
from shared.platform.kafka.port import Record
from shared.platform.loops import jittered
from shared.platform.observability import metrics
from shared.platform.observability.logging import logger
from shared.platform.organisation_clock import OrganisationUnknown


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and for how long a failing event is tried before its key is parked."""

    attempts: int = 3
    first_pause_seconds: float = 0.05
    longest_pause_seconds: float = 1.0
    unavailable_seconds: float = 5.0
    retry_parked_after: timedelta = timedelta(seconds=3)
    poison_in_a_row: int = 20
    retry_set_aside_after: timedelta = timedelta(seconds=30)


DEFAULT_RETRY: Final = RetryPolicy()


@dataclass(slots=True)
class _Queue:
    """The remaining events of one ordering key, and the attempts made for the first of them."""

    left: deque[Arrival]
    attempts: int = 0
    first_failure: float = 0.0
    not_before: float = 0.0

    def advance(self) -> None:
        self.left.popleft()
        self.attempts, self.not_before = 0, 0.0


class Processor:
    """Handles the records of one consumer; the loop commits the offsets."""

    def __init__(
        self,
        db: Database,
        *,
        consumer: str,
        routes: Mapping[str, Route],
        retry: RetryPolicy = DEFAULT_RETRY,
        breaker: Breaker | None = None,
    ) -> None:
        self._db = db
        self._consumer = consumer
        self._routes = routes
        self._batch_handlers = batch_handlers(routes)
        self._retry = retry
        self._breaker = breaker or breaker_of(retry)

    async def process(self, records: Sequence[Record]) -> None:
        """Return when each record is handled, skipped, parked or dead-lettered, and that is committed.

        `DatabaseUnavailable` when nothing can be decided now: process the same records again.
        """
        arrivals = [arrival_of(record) for record in records]
        try:
            async with transaction(self._db) as tx:
                tried = await self._apply(tx, arrivals)
        except Exception as error:  # noqa: BLE001 - one by one finds out which event it is
            if isinstance(error, DatabaseUnavailable):
                await self._require_database()
            logger().info("consumer.batch_failed", group=self._consumer, count=len(arrivals), error=repr(error))
            await self._one_by_one(arrivals)
        else:
            await self._succeeded(tried)

    def wake_jobs(self) -> None:
        """Let the prompt jobs of this process look for work."""
        self._db.wake_jobs()

    async def _apply(self, tx: Transaction, arrivals: Sequence[Arrival]) -> list[Arrival]:
        """Handle `arrivals`; those that were tried, without those that wait or were seen before."""
        readable = [arrival for arrival in arrivals if arrival.attributes is not None]
        for arrival in arrivals:
            if arrival.attributes is None:
                reason = dead_letter.reason_of(arrival.problem or Undecodable())
                await dead_letter.write(tx, self._consumer, arrival=arrival, reason=reason)
        fresh = await self._fresh(tx, readable)
        if not fresh:
            return []
        parked = set(await seen_events.parked_keys(tx, self._consumer, fresh))
        free, waiting = [], []
        for arrival in await self._not_stale(tx, fresh):
            if arrival.ordering_key in parked:
                await dead_letter.queue(tx, self._consumer, arrival=arrival)
            elif self._breaker.sets_aside(producer_of(arrival)):
                parked.add(arrival.ordering_key)
                await dead_letter.set_aside(tx, self._consumer, arrival=arrival, retry_in=self._retry_set_aside)
            else:
                free.append(arrival)
                continue
            waiting.append(arrival.event.id)
        await seen_events.set_outcome(tx, self._consumer, event_ids=waiting, outcome="parked")
        for group in batches(free, handlers=self._batch_handlers):
            await self._handle(tx, group)
        return free

    @property
    def _retry_set_aside(self) -> timedelta:
        return self._retry.retry_set_aside_after

    async def _succeeded(self, arrivals: Sequence[Arrival]) -> None:
        """What was set aside of a producer that had been stopped is due at once."""
        resumed = {org for org, kind in map(producer_of, arrivals) if self._breaker.succeeded(Producer(org, kind))}
        if resumed:
            async with transaction(self._db) as tx:
                await dead_letter.release(tx, self._consumer, orgs=resumed)

    async def _fresh(self, tx: Transaction, arrivals: Sequence[Arrival]) -> list[Arrival]:
        if not arrivals:
            return []
        seen = [(arrival.event, arrival.record.topic) for arrival in arrivals]
        unknown = await seen_events.insert_new(tx, self._consumer, seen)
        fresh: list[Arrival] = []
        for arrival in arrivals:
            if arrival.event.id in unknown:
                unknown.discard(arrival.event.id)
                fresh.append(arrival)
            else:
                metrics.INBOX_DUPLICATES.labels(topic=arrival.record.topic).inc()
        return fresh

    async def _not_stale(self, tx: Transaction, arrivals: Sequence[Arrival]) -> list[Arrival]:
        newest = await seen_events.raise_high_water(tx, self._consumer, [arrival.event for arrival in arrivals])
        kept, stale = [], []
        for arrival in arrivals:
            event = arrival.event
            aggregate = (event.org, event.aggregate, event.aggregate_id)
            if event.version > newest.get(aggregate, 0):
                newest[aggregate] = event.version
                kept.append(arrival)
            else:
                stale.append(event.id)
                metrics.INBOX_STALE.labels(topic=arrival.record.topic).inc()
                logger().warning("consumer.stale", group=self._consumer, event_id=event.id, version=event.version)
        await seen_events.set_outcome(tx, self._consumer, event_ids=stale, outcome="stale")
        return kept

    async def _handle(self, tx: Transaction, group: Sequence[Arrival]) -> None:
        if group[0].event.type not in self._routes:
            return
        started = time.perf_counter()
        await call(tx, self._routes, group)
        for kind, seconds in shares(group, time.perf_counter() - started).items():
            metrics.HANDLER_DURATION.labels(type=kind).observe(seconds)
        for (topic, kind), count in Counter((each.record.topic, each.event.type) for each in group).items():
            metrics.INBOX_HANDLED.labels(topic=topic, type=kind).inc(count)

    async def _one_by_one(self, arrivals: Sequence[Arrival]) -> None:
        queues: dict[OrderingKey, _Queue] = {}
        for arrival in arrivals:
            queues.setdefault(arrival.ordering_key, _Queue(deque())).left.append(arrival)
        while queues:
            now = time.monotonic()
            ready = [key for key, queue in queues.items() if queue.not_before <= now]
            if not ready:
                await asyncio.sleep(max(0.001, min(queue.not_before for queue in queues.values()) - now))
            for key in ready:
                await self._advance(queues[key])
                if not queues[key].left:
                    del queues[key]

    async def _advance(self, queue: _Queue) -> None:
        arrival = queue.left[0]
        try:
            async with transaction(self._db) as tx:
                tried = await self._apply(tx, [arrival])
        except Exception as error:  # noqa: BLE001 - decided by kind in `_failed`
            await self._failed(queue, arrival, error)
        else:
            queue.advance()
            await self._succeeded(tried)

    async def _failed(self, queue: _Queue, arrival: Arrival, error: Exception) -> None:
        if isinstance(error, DatabaseUnavailable):
            await self._require_database()
        event = arrival.event
        metrics.HANDLER_FAILURES.labels(type=event.type, kind=_kind(error)).inc()
        now = time.monotonic()
        queue.first_failure = queue.first_failure if queue.attempts else now
        queue.attempts += 1
        if self._worth_another_try(queue, error, now):
            ceiling = min(self._retry.longest_pause_seconds, self._retry.first_pause_seconds * 2**queue.attempts)
            queue.not_before = now + jittered(ceiling)
            return
        await self._park(arrival, error)
        queue.advance()

    def _worth_another_try(self, queue: _Queue, error: Exception, now: float) -> bool:
        if is_transient(error):
            return now - queue.first_failure < self._retry.unavailable_seconds
        if isinstance(error, Undecodable) or producer_of(queue.left[0]) in self._breaker.stopped:
            return False
        return queue.attempts < self._retry.attempts

    async def _park(self, arrival: Arrival, error: Exception) -> None:
        """In one transaction: the inbox row, the parked key, and for poison the dead letter."""
        retry_in = self._retry.retry_parked_after if is_transient(error) else None
        set_aside = retry_in is None and self._breaker.failed(producer_of(arrival))
        reason = dead_letter.reason_of(error, retry_in=retry_in)
        event = arrival.event
        async with transaction(self._db) as tx:
            if not await seen_events.insert_new(tx, self._consumer, [(event, arrival.record.topic)]):
                return
            await seen_events.raise_high_water(tx, self._consumer, [event])
            await seen_events.set_outcome(tx, self._consumer, event_ids=[event.id], outcome="parked")
            if set_aside:
                await dead_letter.set_aside(tx, self._consumer, arrival=arrival, retry_in=self._retry_set_aside)
                return
            await dead_letter.park(tx, self._consumer, arrival=arrival, reason=reason)
            if retry_in is None:
                await dead_letter.write(tx, self._consumer, arrival=arrival, reason=reason)

    async def _require_database(self) -> None:
        """Raise when the database does not answer at all, and not only for this event."""
        async with reading(self._db) as tx:
            await tx.rows("SELECT 1")


def breaker_of(retry: RetryPolicy) -> Breaker:
    """The breaker that a retry policy describes."""
    return Breaker(in_a_row=retry.poison_in_a_row, probe_seconds=retry.retry_set_aside_after.total_seconds())


def producer_of(arrival: Arrival) -> Producer:
    """The organisation and type of an event whose attributes are readable."""
    return Producer(arrival.event.org, arrival.event.type)


def is_transient(error: BaseException) -> bool:
    """Whether a later attempt may succeed: something that the handler needs is not available yet."""
    return isinstance(error, Unavailable | OrganisationUnknown)


def _kind(error: BaseException) -> str:
    return "unavailable" if is_transient(error) else type(error).__name__
