"""Handles the records of a consumer: many in one transaction, which ends after 500 events or a second.

What fails is found in a second transaction that rolls it back by itself; its ordering key is put off, and the rest
stands. An event that keeps failing parks its key. Many dead letters in a row of one organisation and event type stop
that producer only: its events are set aside without being tried (`breaker`).
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Final

from shared.kernel.errors import Unavailable
from shared.platform.db.engine import Database
from shared.platform.db.transaction import DatabaseUnavailable, reading, transaction
from shared.platform.inbox import dead_letter, seen_events
from shared.platform.inbox.arrival import Arrival, Route, arrival_of
from shared.platform.inbox.breaker import Breaker
from shared.platform.inbox.ordering_key import OrderingKey
from shared.platform.inbox.piece import Outcome, Piece, Reading
from shared.platform.inbox.rules.arrivals import producer_of
from shared.platform.inbox.rules.causes import CauseNotHere
from shared.platform.inbox.rules.failures import Failure, Park, RetryPolicy, after_failure
from shared.platform.inbox.rules.hand import Hand, Trouble
from shared.platform.kafka.cloud_events import Undecodable
from shared.platform.kafka.port import Record
from shared.platform.loops import jittered
from shared.platform.observability import metrics
from shared.platform.observability.logging import logger
from shared.platform.organisation_clock import OrganisationUnknown

DEFAULT_RETRY: Final = RetryPolicy()


class Processor:
    """Handles the records of one consumer; the loop commits the offsets that `hand` names."""

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
        self._reading = Reading(consumer, routes, retry_set_aside=retry.retry_set_aside_after)
        self._retry = retry
        self._breaker = breaker or breaker_of(retry)
        self.hand = Hand()

    async def process(self, records: Sequence[Record]) -> None:
        """Return when each record is handled, skipped, parked or dead-lettered, and that is committed.

        `DatabaseUnavailable` when nothing can be decided now: what is not settled is still in hand.
        """
        self.take(records)
        while (rest := self.hand.rest(time.monotonic())) is not None:
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
        if due := self.hand.due(time.monotonic()):
            await self._settle(due, careful=True)
        return before - len(self.hand)

    def wake_jobs(self) -> None:
        """Let the prompt jobs of this process look for work."""
        self._db.wake_jobs()

    async def _settle(self, arrivals: Sequence[Arrival], *, careful: bool) -> set[OrderingKey]:
        """Settle what can be settled of `arrivals`; the keys with an event left, of which no later one is tried."""
        stopped = frozenset(producer for producer in self._breaker.stopped if self._breaker.sets_aside(producer))
        try:
            async with transaction(self._db) as tx:
                outcome = await Piece(tx, self._reading, stopped=stopped, careful=careful).run(arrivals)
        except Exception as error:  # noqa: BLE001 - a smaller transaction finds out which event it is
            if isinstance(error, DatabaseUnavailable):
                await self._require_database()
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
            async with transaction(self._db) as tx:
                await dead_letter.release(tx, self._consumer, orgs=resumed)
        for arrival, error in outcome.failed:
            await self._failed(arrival, error)

    async def _failed(self, arrival: Arrival, error: Exception) -> None:
        """Put the key off or park it."""
        event, key, now = arrival.event, arrival.ordering_key, time.monotonic()
        metrics.HANDLER_FAILURES.labels(type=event.type, kind=_kind(error)).inc()
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
        event, consumer = arrival.event, self._consumer
        async with transaction(self._db) as tx:
            if not await seen_events.insert_new(tx, consumer, [(event, arrival.record.topic)]):
                return
            await seen_events.raise_high_water(tx, consumer, [event])
            await seen_events.set_outcome(tx, consumer, event_ids=[event.id], outcome="parked")
            if set_aside:
                await dead_letter.set_aside(tx, consumer, arrival=arrival, retry_in=self._reading.retry_set_aside)
                return
            await dead_letter.park(tx, consumer, arrival=arrival, reason=reason)
            if is_poison:
                await dead_letter.write(tx, consumer, arrival=arrival, reason=reason)

    async def _require_database(self) -> None:
        """Raise when the database does not answer at all, and not only for this event."""
        async with reading(self._db) as tx:
            await tx.rows("SELECT 1")


def breaker_of(retry: RetryPolicy) -> Breaker:
    """The breaker that a retry policy describes."""
    return Breaker(in_a_row=retry.poison_in_a_row, probe_seconds=retry.retry_set_aside_after.total_seconds())


def is_transient(error: BaseException) -> bool:
    """Whether a later attempt may succeed: something that the handler needs is not available yet."""
    return isinstance(error, Unavailable | OrganisationUnknown)


def _kind(error: BaseException) -> str:
    return "unavailable" if is_transient(error) else type(error).__name__
