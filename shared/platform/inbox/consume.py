"""Handles the records of a consumer: many in one transaction, which ends after 500 events or a second.

What fails is found in a second transaction that rolls it back by itself; its ordering key is put off, and the rest
stands. An event that keeps failing parks its key. Many dead letters in a row of one organisation and event type stop
that producer only: its events are set aside without being tried (`breaker`).
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Generic

from shared.kernel.errors import ServiceError, Unavailable
from shared.platform.db.engine import Database
from shared.platform.db.transaction import DatabaseUnavailable, Transaction
from shared.platform.inbox import dead_letter
from shared.platform.inbox.arrival import Arrival, Route, arrival_of
from shared.platform.inbox.breaker import Breaker
from shared.platform.inbox.ordering_key import OrderingKey
from shared.platform.inbox.piece import Outcome, Piece, Reading
from shared.platform.inbox.rules.arrivals import producer_of
from shared.platform.inbox.rules.causes import CauseNotHere
from shared.platform.inbox.rules.failures import Failure, Park, RetryPolicy, after_failure
from shared.platform.inbox.rules.hand import Hand, Trouble
from shared.platform.inbox.store import InboxStore, PostgresInbox, Tx
from shared.platform.kafka.cloud_events import Undecodable
from shared.platform.kafka.port import Record
from shared.platform.loops import jittered
from shared.platform.observability import metrics
from shared.platform.observability.logging import logger
from shared.platform.organisation_clock import OrganisationUnknown

DEFAULT_RETRY: Final = RetryPolicy()


class Consumption(Generic[Tx]):
    """Handles the records of one consumer over a store; the loop commits the offsets that `hand` names."""

    def __init__(
        self,
        store: InboxStore[Tx],
        *,
        consumer: str,
        routes: Mapping[str, Route],
        retry: RetryPolicy = DEFAULT_RETRY,
        breaker: Breaker | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._consumer = consumer
        self._monotonic = monotonic
        retry_set_aside = retry.retry_set_aside_after
        self._reading = Reading(store, routes, retry_set_aside=retry_set_aside, monotonic=monotonic)
        self._retry = retry
        self._breaker = breaker or breaker_of(retry)
        self.hand = Hand()

    async def process(self, records: Sequence[Record]) -> None:
        """Return when each record is handled, skipped, parked or dead-lettered, and that is committed.

        `DatabaseUnavailable` when nothing can be decided now: what is not settled is still in hand.
        """
        self.take(records)
        while (rest := self.hand.rest(self._monotonic())) is not None:
            await asyncio.sleep(rest)
            await self.step()

    def take(self, records: Sequence[Record]) -> None:
        """Add what was polled to what is in hand."""
        self.hand.take(arrival_of(record) for record in records)

    async def step(self) -> int:
        """One transaction of events without trouble, and one of those whose pause is over; how many were settled.

        `DatabaseUnavailable` when nothing can be decided now: do it again.
        """
        before = len(self.hand)
        if fresh := self.hand.fresh():
            await self._settle(fresh, careful=False)
        if due := self.hand.due(self._monotonic()):
            await self._settle(due, careful=True)
        return before - len(self.hand)

    async def _settle(self, arrivals: Sequence[Arrival], *, careful: bool) -> set[OrderingKey]:
        """Settle what can be settled of `arrivals`; the keys with an event left, of which no later one is tried."""
        stopped = frozenset(producer for producer in self._breaker.stopped if self._breaker.sets_aside(producer))
        try:
            async with self._store.transaction() as tx:
                outcome = await Piece(tx, self._reading, stopped=stopped, careful=careful).run(arrivals)
        except Exception as error:  # noqa: BLE001 - a smaller transaction finds out which event it is
            if isinstance(error, DatabaseUnavailable):
                await self._store.require_database()
            return await self._after_rollback(arrivals, error, careful=careful)
        await self._settled(outcome)
        return self._left(arrivals)

    def _left(self, arrivals: Sequence[Arrival]) -> set[OrderingKey]:
        return {arrival.ordering_key for arrival in arrivals if self.hand.holds(arrival)}

    async def _after_rollback(
        self, arrivals: Sequence[Arrival], error: Exception, *, careful: bool
    ) -> set[OrderingKey]:
        """The same again with care; what cannot be done with care (the connection ended) is halved."""
        logger().info("consumer.batch_failed", group=self._consumer, count=len(arrivals), error=repr(error))
        if not careful:
            return await self._settle(arrivals, careful=True)
        if len(arrivals) == 1:
            await self._failed(arrivals[0], error)
            return self._left(arrivals)
        middle = len(arrivals) // 2
        left = await self._settle(arrivals[:middle], careful=True)
        rest = [arrival for arrival in arrivals[middle:] if arrival.ordering_key not in left]
        return left | (await self._settle(rest, careful=True) if rest else set())

    async def _settled(self, outcome: Outcome) -> None:
        """Take what is committed out of hand. What was set aside of a producer that goes on again is due at once."""
        outcome.measure(self._reading.routes)
        self.hand.settled(outcome.settled)
        producers = {producer_of(arrival) for arrival in outcome.tried}
        if resumed := {producer.org for producer in producers if self._breaker.succeeded(producer)}:
            async with self._store.transaction() as tx:
                await self._store.release(tx, resumed)
        for arrival, error in outcome.failed:
            await self._failed(arrival, error)

    async def _failed(self, arrival: Arrival, error: Exception) -> None:
        """Put the key off or park it."""
        key, now = arrival.ordering_key, self._monotonic()
        metrics.HANDLER_FAILURES.labels(kind=_kind(error)).inc()
        if isinstance(error, CauseNotHere) and self.hand.trouble(key) is None:
            metrics.CAUSE_WAITS.labels(topic=arrival.record.topic, result="waited").inc()
        before = self.hand.trouble(key) or Trouble(attempts=0, since=now, not_before=now)
        failure = Failure(
            attempts=before.attempts + 1,
            seconds=now - before.since,
            is_transient=is_transient(error),
            is_final=isinstance(error, Undecodable) or producer_of(arrival) in self._breaker.stopped,
            held=len(self.hand),
        )
        match after_failure(failure, self._retry):
            case Park() as park:
                await self._park(arrival, error, park)
                self.hand.settled([arrival])
            case again:
                not_before = now + jittered(again.ceiling_seconds)
                self.hand.put_off(key, Trouble(failure.attempts, since=before.since, not_before=not_before))

    async def _park(self, arrival: Arrival, error: Exception, park: Park) -> None:
        """In one transaction: the inbox row, the parked key, and for poison the dead letter."""
        is_poison = park.retry_in is None
        set_aside = is_poison and self._breaker.failed(producer_of(arrival))
        reason = dead_letter.reason_of(error, retry_in=park.retry_in)
        event, store = arrival.event, self._store
        async with store.transaction() as tx:
            if not await store.insert_new(tx, [(event, arrival.record.topic)]):
                return
            await store.raise_high_water(tx, [event])
            await store.set_outcome(tx, [event.id], "parked")
            if set_aside:
                await store.set_aside(tx, arrival, self._reading.retry_set_aside)
                return
            await store.park(tx, arrival, reason)
            if is_poison:
                await store.write_dead_letter(tx, arrival, reason)


class Processor(Consumption[Transaction]):
    """A consumer over the tables of its service's schema."""

    def __init__(
        self,
        db: Database,
        *,
        consumer: str,
        routes: Mapping[str, Route],
        retry: RetryPolicy = DEFAULT_RETRY,
        breaker: Breaker | None = None,
    ) -> None:
        super().__init__(PostgresInbox(db, consumer), consumer=consumer, routes=routes, retry=retry, breaker=breaker)
        self._db = db

    def wake_jobs(self) -> None:
        """Let the jobs look for work."""
        self._db.work_committed()


def breaker_of(retry: RetryPolicy) -> Breaker:
    """The breaker that a retry policy describes."""
    return Breaker(in_a_row=retry.poison_in_a_row, probe_seconds=retry.retry_set_aside_after.total_seconds())


def is_transient(error: BaseException) -> bool:
    """Whether a later attempt may succeed: something that the handler needs is not available yet."""
    return isinstance(error, Unavailable | OrganisationUnknown)


def _kind(error: BaseException) -> str:
    """One of `metrics.FAILURE_KINDS`."""
    if is_transient(error):
        return "unavailable"
    if isinstance(error, Undecodable):
        return "undecodable"
    return "refused" if isinstance(error, ServiceError) else "error"
