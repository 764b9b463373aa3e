"""One transaction of a consumer: inbox rows first, then the high water, then the handlers, up to a second of them.

What it does not settle it takes back, so that the inbox says of each event that it was seen and settled, or nothing.
"""

import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from shared.platform.db.transaction import Transaction, savepoint, unavailable_when_away
from shared.platform.inbox import dead_letter, seen_events
from shared.platform.inbox.arrival import Arrival, Route, batch_handlers, call
from shared.platform.inbox.batches import batches, shares
from shared.platform.inbox.breaker import Producer
from shared.platform.inbox.handled import missing
from shared.platform.inbox.ordering_key import OrderingKey
from shared.platform.inbox.rules.arrivals import AggregateKey, Fate, Known, fates, unseen_of
from shared.platform.inbox.rules.causes import CauseNotHere, arranged, awaited
from shared.platform.inbox.rules.limits import is_over, most_in_a_call, pace
from shared.platform.kafka.cloud_events import Undecodable
from shared.platform.observability import metrics
from shared.platform.observability.logging import logger
from shared.platform.position import Entry


class Reading:
    """What a consumer reads, and how long each type of event takes it."""

    def __init__(self, consumer: str, routes: Mapping[str, Route], *, retry_set_aside: timedelta) -> None:
        self.consumer = consumer
        self.routes = routes
        self.topics = frozenset(route.contract.TOPIC for route in routes.values())
        self.batch_handlers = batch_handlers(routes)
        self.retry_set_aside = retry_set_aside
        self.seconds: dict[str, float] = {}


@dataclass(slots=True)
class Outcome:
    """What a transaction did: `settled` has what was `tried`; of each key in `failed` the first failing event."""

    settled: list[Arrival] = field(default_factory=list)
    tried: list[Arrival] = field(default_factory=list)
    failed: list[tuple[Arrival, Exception]] = field(default_factory=list)

    def measure(self, routes: Mapping[str, Route]) -> None:
        """Count what went to a handler, once it is committed."""
        for (topic, kind), count in Counter((each.record.topic, each.event.type) for each in self.tried).items():
            if kind in routes:
                metrics.INBOX_HANDLED.labels(topic=topic, type=kind).inc(count)


@dataclass(slots=True)
class _Looked:
    """What the tables said: the first arrival of each unseen event, and what these lack of other topics."""

    known: Known
    first: list[Arrival]
    lacks: dict[str, list[Entry]]


class Piece:
    """Handles arrivals in a transaction.

    `careful`: what fails is rolled back by itself, and its key left out; otherwise it ends the transaction.
    """

    def __init__(self, tx: Transaction, reading: Reading, *, stopped: frozenset[Producer], careful: bool) -> None:
        self._tx = tx
        self._reading = reading
        self._stopped = stopped
        self._careful = careful
        self._outcome = Outcome()
        self._left_out: set[OrderingKey] = set()
        self._began = time.perf_counter()

    async def run(self, arrivals: Sequence[Arrival]) -> Outcome:
        """Settle what can be settled, in order per ordering key."""
        readable = [arrival for arrival in arrivals if arrival.attributes is not None]
        for arrival in arrivals:
            if arrival.attributes is None:
                reason = dead_letter.reason_of(arrival.problem or Undecodable())
                await dead_letter.write(self._tx, self._reading.consumer, arrival=arrival, reason=reason)
                self._outcome.settled.append(arrival)
        if readable:
            looked = await self._look(readable)
            free = await self._sort_out(readable, looked.known)
            await self._handle_all(free, looked.lacks)
            self._outcome.settled += self._outcome.tried
            await self._take_back(looked)
        return self._outcome

    async def _look(self, readable: Sequence[Arrival]) -> _Looked:
        tx, consumer = self._tx, self._reading.consumer
        seen = [(arrival.event, arrival.record.topic) for arrival in readable]
        unseen = frozenset(await seen_events.insert_new(tx, consumer, seen))
        first = unseen_of(readable, unseen)
        if not first:
            return _Looked(Known(unseen=unseen, high_water={}, parked=frozenset(), stopped=frozenset()), first, {})
        lacks = await self._lacks(first)
        high_water = await seen_events.raise_high_water(tx, consumer, [arrival.event for arrival in first])
        parked = frozenset(await seen_events.parked_keys(tx, consumer, first))
        return _Looked(Known(unseen=unseen, high_water=high_water, parked=parked, stopped=self._stopped), first, lacks)

    async def _lacks(self, arrivals: Sequence[Arrival]) -> dict[str, list[Entry]]:
        """By event id what its producer had seen and this consumer has not handled: one statement for all."""
        wanted = {
            arrival.event.id: entries
            for arrival in arrivals
            if arrival.event.saw_versions and (entries := awaited(arrival, self._reading.topics))
        }
        if not wanted:
            return {}
        asked = list(dict.fromkeys(entry for entries in wanted.values() for entry in entries))
        consumer = self._reading.consumer
        absent = {asked[number] for number in await missing(self._tx, [(consumer, entry) for entry in asked])}
        lacking = {event: [entry for entry in entries if entry in absent] for event, entries in wanted.items()}
        return {event: entries for event, entries in lacking.items() if entries}

    async def _sort_out(self, readable: Sequence[Arrival], known: Known) -> list[Arrival]:
        """Put aside what is not handled now; the events that are."""
        tx, consumer = self._tx, self._reading.consumer
        by_fate: dict[Fate, list[Arrival]] = {fate: [] for fate in Fate}
        for arrival, fate in zip(readable, fates(readable, known), strict=True):
            by_fate[fate].append(arrival)
            if fate is Fate.QUEUED:
                await dead_letter.queue(tx, consumer, arrival=arrival)
            elif fate is Fate.SET_ASIDE:
                retry_in = self._reading.retry_set_aside
                await dead_letter.set_aside(tx, consumer, arrival=arrival, retry_in=retry_in)
        waiting = [arrival.event.id for fate in (Fate.QUEUED, Fate.SET_ASIDE) for arrival in by_fate[fate]]
        await seen_events.set_outcome(tx, consumer, event_ids=waiting, outcome="parked")
        stale = [arrival.event.id for arrival in by_fate[Fate.STALE]]
        await seen_events.set_outcome(tx, consumer, event_ids=stale, outcome="stale")
        _tell(consumer, by_fate)
        for fate in (Fate.DUPLICATE, Fate.STALE, Fate.QUEUED, Fate.SET_ASIDE):
            self._outcome.settled += by_fate[fate]
        return by_fate[Fate.HANDLED]

    async def _handle_all(self, free: Sequence[Arrival], lacks: Mapping[str, list[Entry]]) -> None:
        arrangement = arranged(free, lacks)
        for arrival in arrangement.waiting:
            self._fail(arrival, CauseNotHere())
        for group in batches(arrangement.order, handlers=self._reading.batch_handlers, together=_chained(free, lacks)):
            slowest = max(self._reading.seconds.get(arrival.event.type, 0.0) for arrival in group)
            most = most_in_a_call(slowest)
            for start in range(0, len(group), most):
                if self._outcome.tried and is_over(time.perf_counter() - self._began):
                    return
                await self._handle(group[start : start + most])

    async def _handle(self, group: Sequence[Arrival]) -> None:
        if not self._careful:
            await self._call(group)
            return
        chosen = [arrival for arrival in group if arrival.ordering_key not in self._left_out]
        if not chosen:
            return
        try:
            async with self._by_itself():
                await self._call(chosen)
        except Exception as error:
            if self._tx.driver.is_closed():
                raise
            if len(chosen) == 1:
                self._fail(chosen[0], error)
                return
            middle = len(chosen) // 2
            await self._handle(chosen[:middle])
            await self._handle(chosen[middle:])

    @asynccontextmanager
    async def _by_itself(self) -> AsyncIterator[None]:
        with unavailable_when_away():
            async with savepoint(self._tx):
                yield

    async def _call(self, group: Sequence[Arrival]) -> None:
        if group[0].event.type in self._reading.routes:
            started = time.perf_counter()
            await call(self._tx, self._reading.routes, group)
            seconds = time.perf_counter() - started
            for kind, share in shares(group, seconds).items():
                metrics.HANDLER_DURATION.labels(type=kind).observe(share)
                before = self._reading.seconds.get(kind, 0.0)
                self._reading.seconds[kind] = pace(before, seconds=seconds, events=len(group))
        self._outcome.tried += group

    def _fail(self, arrival: Arrival, error: Exception) -> None:
        if arrival.ordering_key not in self._left_out:
            self._left_out.add(arrival.ordering_key)
            self._outcome.failed.append((arrival, error))

    async def _take_back(self, looked: _Looked) -> None:
        """What was seen and is not settled is unseen again."""
        settled = {arrival.event.id for arrival in self._outcome.settled if arrival.attributes is not None}
        left = [arrival.event for arrival in looked.first if arrival.event.id not in settled]
        if not left:
            return
        kept: dict[AggregateKey, int] = dict(looked.known.high_water)
        for arrival in looked.first:
            event = arrival.event
            if event.id in settled:
                aggregate = (event.org, event.aggregate, event.aggregate_id)
                kept[aggregate] = max(event.version, kept.get(aggregate, 0))
        await seen_events.take_back(self._tx, self._reading.consumer, left, high_water=kept)


def _chained(arrivals: Sequence[Arrival], lacks: Mapping[str, list[Entry]]) -> frozenset[tuple[str, str]]:
    """The organisations and keys of which the order over topics counts in these arrivals."""
    return frozenset((arrival.event.org, arrival.event.key) for arrival in arrivals if arrival.event.id in lacks)


def _tell(consumer: str, by_fate: Mapping[Fate, Sequence[Arrival]]) -> None:
    for arrival in by_fate[Fate.DUPLICATE]:
        metrics.INBOX_DUPLICATES.labels(topic=arrival.record.topic).inc()
    for arrival in by_fate[Fate.STALE]:
        event = arrival.event
        metrics.INBOX_STALE.labels(topic=arrival.record.topic).inc()
        logger().warning("consumer.stale", group=consumer, event_id=event.id, version=event.version)
