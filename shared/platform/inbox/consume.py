"""Handles what was polled: a whole batch in one transaction, one event at a time when that fails.

Inbox rows come first, then the high water, then the handlers in order. An event that keeps failing
parks its key so that the other keys go on; many failures in a row stop the consumer, because then
it is not the events that are wrong.
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
from shared.platform.inbox import dead_letter, ledger
from shared.platform.inbox.arrival import Arrival, Route, Together, arrival_of, call
from shared.platform.inbox.batches import waves
from shared.platform.inbox.ordering_key import Lane
from shared.platform.kafka.cloud_events import Undecodable
from shared.platform.kafka.port import Record
from shared.platform.loops import jittered
from shared.platform.observability import metrics
from shared.platform.observability.logging import logger
from shared.platform.organisation_clock import OrganisationUnknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a failing event is tried before its key is parked."""

    attempts: int = 3
    first_pause_seconds: float = 0.05
    longest_pause_seconds: float = 1.0
    unavailable_seconds: float = 5.0
    retry_parked_after: timedelta = timedelta(seconds=3)
    poison_in_a_row: int = 20


PATIENT: Final = Patience()


class DlqLimit(Exception):
    """So many events in a row were poison that the consumer stops: something else is wrong."""


@dataclass(slots=True)
class _Left:
    """The events of one key that are left, and how the first of them fares."""

    left: deque[Arrival]
    attempts: int = 0
    first_failure: float = 0.0
    not_before: float = 0.0

    def advance(self) -> None:
        self.left.popleft()
        self.attempts, self.not_before = 0, 0.0


class Processor:
    """The handling of one consumer's records; offsets are the loop's affair."""

    def __init__(
        self, db: Database, *, consumer: str, routes: Mapping[str, Route], patience: Patience = PATIENT
    ) -> None:
        self._db = db
        self._consumer = consumer
        self._routes = routes
        self._together = {kind for kind, route in routes.items() if isinstance(route.handler, Together)}
        self._patience = patience
        self._poison = 0

    async def process(self, records: Sequence[Record]) -> None:
        """Return when each record is handled, skipped, parked or buried, and that is committed.

        `DatabaseUnavailable` when nothing can be decided now: process the same records again.
        """
        arrivals = [arrival_of(record) for record in records]
        try:
            async with transaction(self._db) as tx:
                await self._apply(tx, arrivals)
        except Exception as error:  # noqa: BLE001 - one by one finds out which event it is
            if isinstance(error, DatabaseUnavailable):
                await self._require_database()
            logger().info("consumer.batch_failed", group=self._consumer, count=len(arrivals), error=repr(error))
            await self._one_by_one(arrivals)
        else:
            self._poison = 0

    def wake_jobs(self) -> None:
        """What was handled may be work for the jobs of this process."""
        self._db.wake_jobs()

    async def _apply(self, tx: Transaction, arrivals: Sequence[Arrival]) -> None:
        readable = [arrival for arrival in arrivals if arrival.attributes is not None]
        for arrival in arrivals:
            if arrival.attributes is None:
                reason = dead_letter.reason_of(arrival.problem or Undecodable())
                await dead_letter.bury(tx, self._consumer, arrival=arrival, reason=reason)
        fresh = await self._fresh(tx, readable)
        if not fresh:
            return
        parked = await ledger.parked_lanes(tx, self._consumer, fresh)
        newer = await self._not_stale(tx, fresh)
        waiting = [arrival for arrival in newer if arrival.lane in parked]
        for arrival in waiting:
            await dead_letter.queue(tx, self._consumer, arrival=arrival)
        ids = [arrival.event.id for arrival in waiting]
        await ledger.set_outcome(tx, self._consumer, event_ids=ids, outcome="parked")
        free = [arrival for arrival in newer if arrival.lane not in parked]
        for group in waves(free, together=self._together):
            await self._handle(tx, group)

    async def _fresh(self, tx: Transaction, arrivals: Sequence[Arrival]) -> list[Arrival]:
        if not arrivals:
            return []
        seen = [(arrival.event, arrival.record.topic) for arrival in arrivals]
        unknown = await ledger.remember(tx, self._consumer, seen)
        fresh: list[Arrival] = []
        for arrival in arrivals:
            if arrival.event.id in unknown:
                unknown.discard(arrival.event.id)
                fresh.append(arrival)
            else:
                metrics.INBOX_DUPLICATES.labels(topic=arrival.record.topic).inc()
        return fresh

    async def _not_stale(self, tx: Transaction, arrivals: Sequence[Arrival]) -> list[Arrival]:
        newest = await ledger.raise_high_water(tx, self._consumer, [arrival.event for arrival in arrivals])
        kept, stale = [], []
        for arrival in arrivals:
            event = arrival.event
            place = (event.org, event.aggregate, event.aggregate_id)
            if event.version > newest.get(place, 0):
                newest[place] = event.version
                kept.append(arrival)
            else:
                stale.append(event.id)
                metrics.INBOX_STALE.labels(topic=arrival.record.topic).inc()
                logger().warning("consumer.stale", group=self._consumer, event_id=event.id, version=event.version)
        await ledger.set_outcome(tx, self._consumer, event_ids=stale, outcome="stale")
        return kept

    async def _handle(self, tx: Transaction, group: Sequence[Arrival]) -> None:
        kind = group[0].event.type
        route = self._routes.get(kind)
        if route is None:
            return
        started = time.perf_counter()
        await call(tx, route, group)
        metrics.HANDLER_DURATION.labels(type=kind).observe(time.perf_counter() - started)
        for topic, count in Counter(arrival.record.topic for arrival in group).items():
            metrics.INBOX_HANDLED.labels(topic=topic, type=kind).inc(count)

    async def _one_by_one(self, arrivals: Sequence[Arrival]) -> None:
        lanes: dict[Lane, _Left] = {}
        for arrival in arrivals:
            lanes.setdefault(arrival.lane, _Left(deque())).left.append(arrival)
        while lanes:
            now = time.monotonic()
            ready = [lane for lane, state in lanes.items() if state.not_before <= now]
            if not ready:
                await asyncio.sleep(max(0.001, min(state.not_before for state in lanes.values()) - now))
            for lane in ready:
                await self._advance(lanes[lane])
                if not lanes[lane].left:
                    del lanes[lane]

    async def _advance(self, lane: _Left) -> None:
        arrival = lane.left[0]
        try:
            async with transaction(self._db) as tx:
                await self._apply(tx, [arrival])
        except Exception as error:  # noqa: BLE001 - decided by kind in `_failed`
            await self._failed(lane, arrival, error)
        else:
            lane.advance()
            self._poison = 0

    async def _failed(self, lane: _Left, arrival: Arrival, error: Exception) -> None:
        if isinstance(error, DatabaseUnavailable):
            await self._require_database()
        event = arrival.event
        metrics.HANDLER_FAILURES.labels(type=event.type, kind=_kind(error)).inc()
        now = time.monotonic()
        lane.first_failure = lane.first_failure if lane.attempts else now
        lane.attempts += 1
        if self._worth_another_try(lane, error, now):
            ceiling = min(self._patience.longest_pause_seconds, self._patience.first_pause_seconds * 2**lane.attempts)
            lane.not_before = now + jittered(ceiling)
            return
        await self._park(arrival, error)
        lane.advance()

    def _worth_another_try(self, lane: _Left, error: Exception, now: float) -> bool:
        if may_pass(error):
            return now - lane.first_failure < self._patience.unavailable_seconds
        if isinstance(error, Undecodable):
            return False
        return lane.attempts < self._patience.attempts

    async def _park(self, arrival: Arrival, error: Exception) -> None:
        """In one transaction: the inbox row, the parked key, and for poison the dead letter."""
        retry_in = self._patience.retry_parked_after if may_pass(error) else None
        reason = dead_letter.reason_of(error, retry_in=retry_in)
        event = arrival.event
        async with transaction(self._db) as tx:
            if not await ledger.remember(tx, self._consumer, [(event, arrival.record.topic)]):
                return
            await ledger.raise_high_water(tx, self._consumer, [event])
            await ledger.set_outcome(tx, self._consumer, event_ids=[event.id], outcome="parked")
            await dead_letter.park(tx, self._consumer, arrival=arrival, reason=reason)
            if retry_in is None:
                await dead_letter.bury(tx, self._consumer, arrival=arrival, reason=reason)
        if retry_in is not None:
            return
        self._poison += 1
        if self._poison >= self._patience.poison_in_a_row:
            raise DlqLimit(f"{self._poison} events in a row could not be handled; the last said {reason.code}")

    async def _require_database(self) -> None:
        """Raise when it is the database that is away and not this event that is too much for it."""
        async with reading(self._db) as tx:
            await tx.rows("SELECT 1")


def may_pass(error: BaseException) -> bool:
    """Whether waiting may help: something that the handler needs is not there yet."""
    return isinstance(error, Unavailable | OrganisationUnknown)


def _kind(error: BaseException) -> str:
    return "unavailable" if may_pass(error) else type(error).__name__
