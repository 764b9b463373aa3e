"""One transaction of a consumer: inbox rows first, then the high water, then the handlers, up to a second of them.

What it does not settle it takes back, so that the inbox says of each event that it was seen and settled, or nothing.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic

from shared.platform.inbox import dead_letter
from shared.platform.inbox.arrival import Arrival, Route, batch_handlers
from shared.platform.inbox.batches import batches, shares
from shared.platform.inbox.breaker import Producer
from shared.platform.inbox.ordering_key import OrderingKey
from shared.platform.inbox.rules.arrivals import AggregateKey, Fate, Known, fates, first_of_each_key, unseen_of
from shared.platform.inbox.rules.causes import CauseNotHere, arranged, awaited, ready
from shared.platform.inbox.rules.hand import place_of
from shared.platform.inbox.rules.limits import MOST_EVENTS, is_over, most_after
from shared.platform.inbox.store import InboxStore, Tx
from shared.platform.kafka.cloud_events import Undecodable
from shared.platform.observability import metrics
from shared.platform.observability.exemplars import exemplar_of
from shared.platform.observability.logging import logger
from shared.platform.position import Entry


class Reading(Generic[Tx]):
    """What a consumer reads, where it keeps it, and how many events of each type one call takes, by its clock."""

    def __init__(
        self,
        store: InboxStore[Tx],
        routes: Mapping[str, Route],
        *,
        retry_set_aside: timedelta,
        monotonic: Callable[[], float],
    ) -> None:
        self.store = store
        self.monotonic = monotonic
        self.routes = routes
        self.topics = frozenset(route.contract.TOPIC for route in routes.values())
        self.batch_handlers = batch_handlers(routes)
        self.retry_set_aside = retry_set_aside
        self.most: dict[str, int] = {}


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


class Piece(Generic[Tx]):
    """Handles arrivals in a transaction.

    `careful`: what fails is rolled back by itself, and its key left out; otherwise it ends the transaction.
    """

    def __init__(self, tx: Tx, reading: Reading[Tx], *, stopped: frozenset[Producer], careful: bool) -> None:
        self._tx = tx
        self._reading = reading
        self._store = reading.store
        self._stopped = stopped
        self._careful = careful
        self._outcome = Outcome()
        self._left_out: set[OrderingKey] = set()
        self._errors: dict[str, Exception] = {}
        self._lacking: Mapping[str, list[Entry]] = {}
        self._reached: dict[AggregateKey, int] = {}
        self._began = reading.monotonic()

    async def run(self, arrivals: Sequence[Arrival]) -> Outcome:
        """Settle what can be settled, in order per ordering key."""
        readable = [arrival for arrival in arrivals if arrival.attributes is not None]
        for arrival in arrivals:
            if arrival.attributes is None:
                reason = dead_letter.reason_of(arrival.problem or Undecodable())
                await self._store.write_dead_letter(self._tx, arrival, reason)
                self._outcome.settled.append(arrival)
        if readable:
            looked = await self._look(readable)
            free = await self._sort_out(readable, looked.known)
            await self._handle_all(free, looked.lacks)
            self._outcome.settled += self._outcome.tried
            await self._take_back(looked)
        return self._outcome

    async def _look(self, readable: Sequence[Arrival]) -> _Looked:
        tx, store = self._tx, self._store
        seen = [(arrival.event, arrival.record.topic) for arrival in readable]
        unseen = frozenset(await store.insert_new(tx, seen))
        first = unseen_of(readable, unseen)
        if not first:
            return _Looked(Known(unseen=unseen, high_water={}, parked=frozenset(), stopped=frozenset()), first, {})
        lacks = await self._lacks(first)
        high_water = await store.raise_high_water(tx, [arrival.event for arrival in first])
        parked = frozenset(await store.parked_keys(tx, first))
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
        absent = await self._store.missing(self._tx, asked)
        lacking = {event: [entry for entry in entries if entry in absent] for event, entries in wanted.items()}
        return {event: entries for event, entries in lacking.items() if entries}

    async def _sort_out(self, readable: Sequence[Arrival], known: Known) -> list[Arrival]:
        """Put aside what is not handled now; the events that are."""
        tx, store = self._tx, self._store
        by_fate: dict[Fate, list[Arrival]] = {fate: [] for fate in Fate}
        for arrival, fate in zip(readable, fates(readable, known), strict=True):
            by_fate[fate].append(arrival)
            if fate is Fate.QUEUED:
                await store.queue(tx, arrival)
            elif fate is Fate.SET_ASIDE:
                await store.set_aside(tx, arrival, self._reading.retry_set_aside)
        waiting = [arrival.event.id for fate in (Fate.QUEUED, Fate.SET_ASIDE) for arrival in by_fate[fate]]
        await store.set_outcome(tx, waiting, "parked")
        stale = [arrival.event.id for arrival in by_fate[Fate.STALE]]
        await store.set_outcome(tx, stale, "stale")
        _tell(by_fate)
        for fate in (Fate.DUPLICATE, Fate.STALE, Fate.QUEUED, Fate.SET_ASIDE):
            self._outcome.settled += by_fate[fate]
        return by_fate[Fate.HANDLED]

    async def _handle_all(self, free: Sequence[Arrival], lacks: Mapping[str, list[Entry]]) -> None:
        arrangement = arranged(free, lacks)
        self._lacking = lacks
        self._errors.update((arrival.event.id, CauseNotHere()) for arrival in arrangement.waiting)
        for group in batches(arrangement.order, handlers=self._reading.batch_handlers, together=_chained(free, lacks)):
            most = min(self._reading.most.get(arrival.event.type, MOST_EVENTS) for arrival in group)
            for start in range(0, len(group), most):
                if self._outcome.tried and is_over(self._reading.monotonic() - self._began):
                    return
                await self._handle(group[start : start + most])

    async def _handle(self, group: Sequence[Arrival]) -> None:
        if not self._careful:
            await self._call(group)
            return
        free = [arrival for arrival in group if arrival.ordering_key not in self._left_out]
        chosen, held = ready(free, self._lacking, reached=self._reached)
        self._left_out.update(arrival.ordering_key for arrival in held)
        self._errors.update((arrival.event.id, CauseNotHere()) for arrival in held)
        if not chosen:
            return
        try:
            async with self._store.by_itself(self._tx):
                await self._call(chosen)
        except Exception as error:
            if self._store.is_broken(self._tx):
                raise
            if len(chosen) == 1:
                self._left_out.add(chosen[0].ordering_key)
                self._errors[chosen[0].event.id] = error
                return
            middle = len(chosen) // 2
            await self._handle(chosen[:middle])
            await self._handle(chosen[middle:])

    async def _call(self, group: Sequence[Arrival]) -> None:
        if group[0].event.type in self._reading.routes:
            started = self._reading.monotonic()
            await self._store.call(self._tx, self._reading.routes, group)
            seconds = self._reading.monotonic() - started
            for kind, share in shares(group, seconds).items():
                metrics.HANDLER_DURATION.labels(type=kind).observe(share, _exemplar(group, kind))
                before = self._reading.most.get(kind, MOST_EVENTS)
                self._reading.most[kind] = most_after(before, seconds=seconds, events=len(group))
        self._outcome.tried += group
        for arrival in group:
            event = arrival.event
            self._reached[event.org, event.aggregate, event.aggregate_id] = event.version

    async def _take_back(self, looked: _Looked) -> None:
        """What was seen and is not settled is unseen again; a key fails with the first of its events that is left."""
        settled = {place_of(arrival) for arrival in self._outcome.settled}
        unsettled = [arrival for arrival in looked.first if place_of(arrival) not in settled]
        if not unsettled:
            return
        self._outcome.failed += [
            (arrival, self._errors[arrival.event.id])
            for arrival in first_of_each_key(unsettled)
            if arrival.event.id in self._errors
        ]
        left = [arrival.event for arrival in unsettled]
        kept: dict[AggregateKey, int] = dict(looked.known.high_water)
        for arrival in looked.first:
            event = arrival.event
            if place_of(arrival) in settled:
                aggregate = (event.org, event.aggregate, event.aggregate_id)
                kept[aggregate] = max(event.version, kept.get(aggregate, 0))
        await self._store.take_back(self._tx, left, kept)


def _exemplar(group: Sequence[Arrival], kind: str) -> dict[str, str] | None:
    """The trace of the first event of its kind."""
    return exemplar_of(next(arrival.event.traceparent for arrival in group if arrival.event.type == kind))


def _chained(arrivals: Sequence[Arrival], lacks: Mapping[str, list[Entry]]) -> frozenset[tuple[str, str]]:
    """The organisations and keys of which the order over topics counts in these arrivals."""
    return frozenset((arrival.event.org, arrival.event.key) for arrival in arrivals if arrival.event.id in lacks)


def _tell(by_fate: Mapping[Fate, Sequence[Arrival]]) -> None:
    for arrival in by_fate[Fate.DUPLICATE]:
        metrics.INBOX_DUPLICATES.labels(topic=arrival.record.topic).inc()
    for arrival in by_fate[Fate.STALE]:
        event = arrival.event
        metrics.INBOX_STALE.labels(topic=arrival.record.topic).inc()
        logger().warning("consumer.stale", topic=arrival.record.topic, event_id=event.id, version=event.version)
