"""What the platform needs of a broker; `aio` implements it with aiokafka, the tests' broker in memory.

One contract suite runs against both. Types with one instance per event are named tuples: a frozen dataclass
takes five times as long to create.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from shared.kernel.errors import Unavailable
from shared.kernel.text import Text

Headers = tuple[tuple[str, bytes], ...]


class TopicPartition(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


class Record(NamedTuple):
    """A record as it was consumed; `timestamp_ms` is the producer's."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers
    timestamp_ms: int

    @property
    def topic_partition(self) -> TopicPartition:
        """The partition it was read from."""
        return TopicPartition(self.topic, self.partition)


class Message(NamedTuple):
    """A record to produce."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers
    timestamp_ms: int | None = None


class BrokerUnavailable(Unavailable):
    """The broker did not acknowledge: what was sent may have been appended, or may be later."""

    code = "broker_unavailable"
    title = Text(en="Message broker unavailable", zh="消息服务暂不可用")


class ProducerWedged(BrokerUnavailable):
    """The producer can never succeed again on some partition and must be replaced."""

    code = "producer_wedged"
    title = Text(en="Message producer failed", zh="消息生产者失效")


class PartitionsMoved(BrokerUnavailable):
    """The group was rebalanced: what was polled belongs to another member now and will be read again."""

    code = "partitions_moved"
    title = Text(en="Partitions reassigned", zh="分区已重新分配")


class Producer(Protocol):
    """Publishes in order and durably, or raises."""

    async def start(self) -> None:
        """Connect; `BrokerUnavailable` when no server answers."""
        ...

    async def publish(self, messages: Sequence[Message]) -> None:
        """Return when every message is acknowledged by all in-sync replicas, in order per partition."""
        ...

    async def stop(self) -> None:
        """Close within a bound, also when the broker is frozen."""
        ...


Revoke = Callable[[], Awaitable[None]]


class Consumer(Protocol):
    """A member of a group; what it has polled is its own until `before_revoke` has returned."""

    async def start(self, *, before_revoke: Revoke) -> None:
        """Join the group; `BrokerUnavailable` when no server answers."""
        ...

    async def poll(self, *, max_records: int, timeout_seconds: float) -> list[Record]:
        """The next records, in order per partition; empty when none came in time."""
        ...

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> bool:
        """Store the next offsets to read; False when the partitions have moved to another member."""
        ...

    async def lag(self) -> dict[TopicPartition, int]:
        """Records between the own position and the end of each assigned partition, as the broker reports them."""
        ...

    async def stop(self) -> None:
        """Leave the group within a bound."""
        ...


class Broker(Protocol):
    """Makes producers and consumers."""

    def producer(self) -> Producer:
        """A new producer, not started."""
        ...

    def consumer(self, *, group: str, topics: Sequence[str]) -> Consumer:
        """A new consumer, not started."""
        ...
