"""A simulated broker: partitions, groups, offsets. A member learns of a rebalance late, as a stopped process does."""

import zlib
from collections import defaultdict

from shared.platform.kafka.port import Message, Record, TopicPartition
from tests.simulation.scheduler import Scheduler, Signal

PARTITIONS = 2


class SimulatedBroker:
    """All topics and groups; `changed` when something was appended or a group changed."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.changed = Signal(scheduler)
        self.log: dict[TopicPartition, list[Record]] = defaultdict(list)
        self.committed: dict[tuple[str, TopicPartition], int] = {}
        self._members: dict[str, list[str]] = defaultdict(list)
        self._generation: dict[str, int] = defaultdict(int)

    def append(self, message: Message) -> None:
        """One record at the end of its partition."""
        place = TopicPartition(message.topic, zlib.crc32(message.key) % PARTITIONS)
        records = self.log[place]
        records.append(
            Record(place.topic, place.partition, len(records), message.key, message.value, message.headers, 0)
        )
        self.changed.fire()

    def join(self, group: str, member: str) -> None:
        """A member joins: partitions are dealt out anew."""
        self._members[group].append(member)
        self._generation[group] += 1
        self.changed.fire()

    def leave(self, group: str, member: str) -> None:
        """A member is gone."""
        if member in self._members[group]:
            self._members[group].remove(member)
            self._generation[group] += 1
            self.changed.fire()

    def generation(self, group: str) -> int:
        """Rises with each rebalance."""
        return self._generation[group]

    def assigned(self, group: str, member: str, topics: tuple[str, ...]) -> list[TopicPartition]:
        """The partitions of a member in this generation."""
        members = self._members[group]
        index = members.index(member)
        return [
            TopicPartition(topic, partition)
            for topic in topics
            for partition in range(PARTITIONS)
            if partition % len(members) == index
        ]

    def commit(self, group: str, generation: int, offsets: dict[TopicPartition, int]) -> bool:
        """Store offsets, unless the partitions were dealt out anew."""
        if generation != self._generation[group]:
            return False
        for place, offset in offsets.items():
            self.committed[group, place] = offset
        return True
