"""A broker in memory with Kafka's contract: partitions, groups, offsets, redelivery, rebalances.

`tests/integration/platform/kafka/test_broker_contract.py` holds it and Kafka to one suite.
A test switches faults on: `freeze` (nothing is acknowledged; what was sent is appended when thawed) and `wedge`
(one producer fails on everything that it sends).
"""

import asyncio
import time
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.platform.kafka.port import BrokerUnavailable, Message, ProducerWedged, Record, Revoke, TopicPartition


@dataclass(slots=True)
class _Group:
    members: "list[MemoryConsumer]" = field(default_factory=list)
    committed: dict[TopicPartition, int] = field(default_factory=dict)


class MemoryBroker:
    """All topics and groups; use one per test."""

    def __init__(self, *, partitions: int = 4) -> None:
        self.partitions = partitions
        self.log: dict[TopicPartition, list[Record]] = defaultdict(list)
        self.thawed = asyncio.Event()
        self.thawed.set()
        self.wedge_next = 0
        self._groups: dict[str, _Group] = defaultdict(_Group)
        self._arrived = asyncio.Condition()

    def producer(self) -> "MemoryProducer":
        """A new producer."""
        return MemoryProducer(self)

    def consumer(self, *, group: str, topics: Sequence[str]) -> "MemoryConsumer":
        """A new consumer."""
        return MemoryConsumer(self, group=group, topics=tuple(topics))

    def freeze(self) -> None:
        """Acknowledge nothing until `thawed` is set."""
        self.thawed.clear()

    def records(self, topic: str) -> list[Record]:
        """Everything in a topic, partition by partition."""
        return [
            record for partition, records in sorted(self.log.items()) if partition.topic == topic for record in records
        ]

    def committed(self, group: str) -> dict[TopicPartition, int]:
        """The group's stored offsets."""
        return self._groups[group].committed

    async def accept(self, message: Message) -> None:
        """Append one message to its partition."""
        partition = TopicPartition(message.topic, zlib.crc32(message.key) % self.partitions)
        stamp = message.timestamp_ms if message.timestamp_ms is not None else int(time.time() * 1000)
        record = Record(
            topic=partition.topic,
            partition=partition.partition,
            offset=len(self.log[partition]),
            key=message.key,
            value=message.value,
            headers=message.headers,
            timestamp_ms=stamp,
        )
        self.log[partition].append(record)
        async with self._arrived:
            self._arrived.notify_all()

    async def wait_for_arrival(self, seconds: float) -> None:
        """Return when something was appended, or after `seconds`."""
        try:
            async with asyncio.timeout(seconds), self._arrived:
                await self._arrived.wait()
        except TimeoutError:
            return

    async def change_members(
        self, group: str, *, join: "MemoryConsumer | None", leave: "MemoryConsumer | None"
    ) -> None:
        """Eager rebalance: everybody gives back, then the partitions are dealt round."""
        state = self._groups[group]
        for member in state.members:
            if member is not leave:
                await member.give_back()
        state.members = [member for member in (*state.members, join) if member is not None and member is not leave]
        for index, member in enumerate(state.members):
            count = len(state.members)
            partitions = [
                TopicPartition(t, p) for t in member.topics for p in range(self.partitions) if p % count == index
            ]
            member.take({partition: state.committed.get(partition, 0) for partition in partitions})


class MemoryProducer:
    """Appends at once unless the broker is frozen or the producer wedged."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._broker = broker
        self._wedged = False
        self._late: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Nothing to connect to; a frozen broker does not answer."""
        if not self._broker.thawed.is_set():
            raise BrokerUnavailable(detail="the broker is frozen")

    async def publish(self, messages: Sequence[Message]) -> None:
        """Append in order. Cancelled while frozen, the messages are still appended later, as with Kafka."""
        if self._broker.wedge_next:
            self._broker.wedge_next -= 1
            self._wedged = True
        if self._wedged:
            raise ProducerWedged(detail="sequence numbers are out of order")
        task = asyncio.create_task(self._append(messages))
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        await asyncio.shield(task)

    async def _append(self, messages: Sequence[Message]) -> None:
        await self._broker.thawed.wait()
        for message in messages:
            await self._broker.accept(message)

    async def stop(self) -> None:
        """Nothing to close."""


class MemoryConsumer:
    """One member of a group."""

    def __init__(self, broker: MemoryBroker, *, group: str, topics: tuple[str, ...]) -> None:
        self.topics = topics
        self._broker = broker
        self._group = group
        self._positions: dict[TopicPartition, int] = {}
        self._before_revoke: Revoke | None = None

    async def start(self, *, before_revoke: Revoke) -> None:
        """Join the group."""
        self._before_revoke = before_revoke
        await self._broker.change_members(self._group, join=self, leave=None)

    async def poll(self, *, max_records: int, timeout_seconds: float) -> list[Record]:
        """The next records of the assigned partitions."""
        records = self._take(max_records)
        if not records:
            await self._broker.wait_for_arrival(timeout_seconds)
            records = self._take(max_records)
        return records

    def _take(self, max_records: int) -> list[Record]:
        taken: list[Record] = []
        for partition, position in self._positions.items():
            taken += self._broker.log[partition][position : position + max_records - len(taken)]
        for record in taken:
            self._positions[record.topic_partition] = record.offset + 1
        return taken

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> bool:
        """Store the offsets, unless a partition has gone to another member."""
        if not offsets.keys() <= self._positions.keys():
            return False
        self._broker.committed(self._group).update(offsets)
        return True

    async def lag(self) -> dict[TopicPartition, int]:
        """Records behind the end."""
        return {
            partition: len(self._broker.log[partition]) - position for partition, position in self._positions.items()
        }

    async def stop(self) -> None:
        """Leave the group."""
        self._positions = {}
        await self._broker.change_members(self._group, join=None, leave=self)

    async def give_back(self) -> None:
        """Finish what is in hand, then hold no partition."""
        if self._before_revoke is not None:
            await self._before_revoke()
        self._positions = {}

    def take(self, positions: dict[TopicPartition, int]) -> None:
        """Hold these partitions from these offsets on."""
        self._positions = positions
