"""Cause before effect: an event is handled after the versions of other topics' aggregates that its producer had seen.

Waiting never goes round in a circle. A producer has seen only what was published before it produced, and within an
ordering key events are published in the order in which they were produced; so whatever an event waits for, also what
stands before it in its key, was published before the event.
"""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from shared.kernel.errors import Unavailable
from shared.kernel.text import Text
from shared.platform.inbox.arrival import Arrival
from shared.platform.inbox.ordering_key import OrderingKey
from shared.platform.inbox.rules.arrivals import AggregateKey
from shared.platform.position import Entry
from shared.platform.saw_versions import from_text

LONGEST_WAIT: Final = timedelta(minutes=5)
"""After this an event is handled without what it waits for: that may be a dead letter, or lost."""


class CauseNotHere(Unavailable):
    """An event of another topic that the producer had seen is not handled here yet."""

    code = "cause_not_here"
    title = Text(en="An earlier event of another topic is not here yet", zh="其他主题中较早的事件尚未到达")


@dataclass(frozen=True, slots=True)
class Arranged:
    """`order` may be handled in this order; `waiting` may not yet, those of one key in their order."""

    order: list[Arrival]
    waiting: list[Arrival]


def awaited(arrival: Arrival, topics: Collection[str]) -> list[Entry]:
    """What the event's producer had seen and a consumer of `topics` hears apart from the event's own topic."""
    event = arrival.event
    return [
        Entry(event.org, seen.topic, event.key, seen.aggregate, seen.aggregate_id, seen.version)
        for seen in from_text(event.saw_versions)
        if seen.topic in topics and seen.topic != arrival.record.topic
    ]


def arranged(arrivals: Sequence[Arrival], lacks: Mapping[str, Sequence[Entry]]) -> Arranged:
    """Put effects behind their causes; `lacks` has by event id what was not handled before these arrivals."""
    if not lacks:
        return Arranged(list(arrivals), [])
    arranging = _Arranging(lacks)
    for arrival in arrivals:
        arranging.add(arrival)
    return Arranged(arranging.order, arranging.waiting())


def ready(
    arrivals: Sequence[Arrival], lacks: Mapping[str, Sequence[Entry]], *, reached: Mapping[AggregateKey, int]
) -> tuple[list[Arrival], list[Arrival]]:
    """Those whose causes are among `reached` or before them, and those of which a cause has failed since.

    Nothing of an ordering key follows one that is not ready.
    """
    newest, going, held = dict(reached), [], []
    stopped: set[OrderingKey] = set()
    for arrival in arrivals:
        event = arrival.event
        wanted = lacks.get(event.id, ())
        if arrival.ordering_key in stopped:
            continue
        if any(newest.get(_aggregate_of(entry), 0) < entry.version for entry in wanted):
            stopped.add(arrival.ordering_key)
            held.append(arrival)
        else:
            newest[event.org, event.aggregate, event.aggregate_id] = event.version
            going.append(arrival)
    return going, held


class _Arranging:
    """Places arrivals; what waits is looked at again when what it waits for is placed."""

    def __init__(self, lacks: Mapping[str, Sequence[Entry]]) -> None:
        self.order: list[Arrival] = []
        self._lacks = lacks
        self._placed: dict[AggregateKey, int] = {}
        self._blocked: dict[OrderingKey, deque[Arrival]] = {}
        self._watchers: dict[AggregateKey, set[OrderingKey]] = {}

    def add(self, arrival: Arrival) -> None:
        queue = self._blocked.get(arrival.ordering_key)
        if queue is not None:
            queue.append(arrival)
        elif self._missing(arrival):
            self._blocked[arrival.ordering_key] = deque([arrival])
            self._watch(arrival)
        else:
            self._place(arrival)

    def waiting(self) -> list[Arrival]:
        return [arrival for queue in self._blocked.values() for arrival in queue]

    def _missing(self, arrival: Arrival) -> list[Entry]:
        wanted = self._lacks.get(arrival.event.id, ())
        return [entry for entry in wanted if self._placed.get(_aggregate_of(entry), 0) < entry.version]

    def _watch(self, arrival: Arrival) -> None:
        for entry in self._missing(arrival):
            self._watchers.setdefault(_aggregate_of(entry), set()).add(arrival.ordering_key)

    def _place(self, arrival: Arrival) -> None:
        placed = deque([arrival])
        while placed:
            newest = placed.popleft()
            event = newest.event
            aggregate = (event.org, event.aggregate, event.aggregate_id)
            self.order.append(newest)
            self._placed[aggregate] = event.version
            for key in sorted(self._watchers.pop(aggregate, ())):
                self._advance(key, placed)

    def _advance(self, key: OrderingKey, placed: deque[Arrival]) -> None:
        queue = self._blocked.get(key)
        if queue is None:
            return
        while queue and not self._missing(queue[0]):
            placed.append(queue.popleft())
        if queue:
            self._watch(queue[0])
        else:
            del self._blocked[key]


def _aggregate_of(entry: Entry) -> AggregateKey:
    return entry.org, entry.aggregate, entry.aggregate_id
