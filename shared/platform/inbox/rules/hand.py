"""The records that a consumer has polled and not settled: what is tried next, and up to where offsets are committed.

A key whose first event failed is in trouble: its events are left out until its pause is over, and are then tried in
a transaction of their own. So retries delay no other key. Offsets are committed up to the oldest record that is not
settled; what a successor reads again is in the inbox.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from shared.platform.inbox.arrival import Arrival
from shared.platform.inbox.ordering_key import OrderingKey
from shared.platform.inbox.rules.limits import MOST_EVENTS
from shared.platform.kafka.port import TopicPartition

MOST_RETRIED: Final = 100


@dataclass(frozen=True, slots=True)
class Trouble:
    """The failed attempts of the first event of a key; instants are of a monotonic clock."""

    attempts: int
    since: float
    not_before: float


class Hand:
    """Not for two tasks at once."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, int, int], Arrival] = {}
        self._troubles: dict[OrderingKey, Trouble] = {}
        self._next: dict[TopicPartition, int] = {}
        self.newest_settled: dict[str, int] = {}
        """By topic the time of the newest settled record, milliseconds since 1970."""

    def __len__(self) -> int:
        return len(self._held)

    def holds(self, arrival: Arrival) -> bool:
        """Whether it is not settled."""
        return place_of(arrival) in self._held

    def take(self, arrivals: Iterable[Arrival]) -> None:
        """Add what was polled."""
        for arrival in arrivals:
            record = arrival.record
            self._held[place_of(arrival)] = arrival
            self._next[record.topic_partition] = record.offset + 1

    def fresh(self) -> list[Arrival]:
        """Up to 500 events of keys without trouble, in their order."""
        if not self._troubles:
            return list(self._held.values())[:MOST_EVENTS]
        free = (arrival for arrival in self._held.values() if arrival.ordering_key not in self._troubles)
        return [arrival for arrival, _ in zip(free, range(MOST_EVENTS), strict=False)]

    def due(self, now: float) -> list[Arrival]:
        """Up to 100 events of keys whose pause is over, in their order."""
        keys = {key for key, trouble in self._troubles.items() if trouble.not_before <= now}
        if not keys:
            return []
        return [arrival for arrival in self._held.values() if arrival.ordering_key in keys][:MOST_RETRIED]

    def room(self) -> int:
        """How many more records may be polled."""
        in_trouble = (
            sum(arrival.ordering_key in self._troubles for arrival in self._held.values()) if self._troubles else 0
        )
        return max(0, MOST_EVENTS - (len(self._held) - in_trouble))

    def rest(self, now: float) -> float | None:
        """Seconds until something may be tried; None when nothing is held."""
        if not self._held:
            return None
        if self.fresh():
            return 0.0
        return max(0.0, min(trouble.not_before for trouble in self._troubles.values()) - now)

    def settled(self, arrivals: Sequence[Arrival]) -> None:
        """These are handled, skipped, parked or dead-lettered, and that is committed."""
        for arrival in arrivals:
            record = arrival.record
            self._held.pop(place_of(arrival), None)
            self._troubles.pop(arrival.ordering_key, None)
            self.newest_settled[record.topic] = max(record.timestamp_ms, self.newest_settled.get(record.topic, 0))

    def trouble(self, key: OrderingKey) -> Trouble | None:
        """The trouble of a key."""
        return self._troubles.get(key)

    def put_off(self, key: OrderingKey, trouble: Trouble) -> None:
        """The first event of the key has failed."""
        self._troubles[key] = trouble

    def offsets(self) -> dict[TopicPartition, int]:
        """Up to where each partition is settled."""
        lowest = dict(self._next)
        for topic, partition, offset in self._held:
            place = TopicPartition(topic, partition)
            lowest[place] = min(lowest[place], offset)
        return lowest

    def by_topic(self) -> Counter[str]:
        """How many records of each topic are held."""
        return Counter(topic for topic, _, _ in self._held)

    def clear(self) -> None:
        """The partitions have gone to another member."""
        self._held.clear()
        self._troubles.clear()
        self._next.clear()


def place_of(arrival: Arrival) -> tuple[str, int, int]:
    """Topic, partition and offset: two records may hold the same event."""
    return arrival.record.topic, arrival.record.partition, arrival.record.offset
