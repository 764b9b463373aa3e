"""The broker port on aiokafka, with what its client lacks: bounded stops, a producer that can be given up.

Batches are built here, one per partition, because a future per record costs more than the record.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener
from aiokafka import TopicPartition as ClientPartition
from aiokafka.errors import (
    CommitFailedError,
    DuplicateSequenceNumber,
    IllegalGenerationError,
    IllegalStateError,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    KafkaError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
    ProducerFenced,
    RebalanceInProgressError,
    UnknownMemberIdError,
    UnknownProducerId,
)
from aiokafka.partitioner import murmur2

from shared.platform.kafka.port import (
    BrokerUnavailable,
    Message,
    PartitionsMoved,
    ProducerWedged,
    Record,
    Revoke,
    TopicPartition,
)
from shared.platform.kafka.tuning import PRODUCTION, Tuning
from shared.platform.loops import was_cancelled
from shared.platform.observability.logging import logger

_WEDGED: Final = (
    OutOfOrderSequenceNumber,
    DuplicateSequenceNumber,
    ProducerFenced,
    ProducerClosed,
    UnknownProducerId,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
)
_MOVED: Final = (
    CommitFailedError,
    IllegalStateError,
    IllegalGenerationError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)
_hash: Final = lru_cache(maxsize=65_536)(murmur2)


class AioBroker:
    """A Kafka cluster by its bootstrap servers."""

    def __init__(self, bootstrap: str, *, tuning: Tuning = PRODUCTION) -> None:
        self._bootstrap = bootstrap
        self._tuning = tuning

    def producer(self) -> "AioProducer":
        """A new idempotent producer, not started."""
        return AioProducer(self._bootstrap, self._tuning)

    def consumer(self, *, group: str, topics: Sequence[str]) -> "AioConsumer":
        """A new consumer of a group, not started."""
        return AioConsumer(self._bootstrap, group=group, topics=topics, tuning=self._tuning)


class AioProducer:
    """An idempotent producer. Once it has raised `ProducerWedged` it is to be replaced."""

    def __init__(self, bootstrap: str, tuning: Tuning) -> None:
        self._tuning = tuning
        self._bootstrap = bootstrap
        self._client: Any = None

    async def start(self) -> None:
        """Connect within the request time-out."""
        async with _broker_errors():
            self._client = AIOKafkaProducer(bootstrap_servers=self._bootstrap, **self._tuning.producer_options())
            try:
                async with asyncio.timeout(self._tuning.request_timeout_ms / 1000):
                    await self._client.start()
            except BaseException:
                await self.stop()
                raise

    async def publish(self, messages: Sequence[Message]) -> None:
        """Send each partition's messages in order and wait for all acknowledgements."""
        async with _broker_errors():
            by_partition = await self._by_partition(messages)
            done = await asyncio.gather(*(self._send(partition, batch) for partition, batch in by_partition.items()))
            await asyncio.gather(*(future for futures in done for future in futures))

    async def _by_partition(self, messages: Sequence[Message]) -> dict[TopicPartition, list[Message]]:
        """By partition, chosen as the Java client does, so that another producer would agree."""
        partitions: dict[str, list[int]] = {}
        for topic in {message.topic for message in messages}:
            partitions[topic] = sorted(await self._client.partitions_for(topic))
        chosen: dict[TopicPartition, list[Message]] = {}
        for message in messages:
            known = partitions[message.topic]
            partition = TopicPartition(message.topic, known[(_hash(message.key) & 0x7FFFFFFF) % len(known)])
            chosen.setdefault(partition, []).append(message)
        return chosen

    async def _send(self, partition: TopicPartition, messages: Sequence[Message]) -> list[asyncio.Future[object]]:
        futures = []
        now = int(time.time() * 1000)
        batch = self._client.create_batch()
        for message in messages:
            if not _append(batch, message, now=now):
                futures.append(await self._client.send_batch(batch, partition.topic, partition=partition.partition))
                batch = self._client.create_batch()
                if not _append(batch, message, now=now):
                    raise ValueError("a message is larger than a batch")
        batch.close()
        futures.append(await self._client.send_batch(batch, partition.topic, partition=partition.partition))
        return futures

    async def stop(self) -> None:
        """Close within a bound; a producer of a frozen broker would never end and is abandoned."""
        if self._client is not None:
            await _stop_within(self._client, self._tuning.stop_timeout_seconds, what="producer")
            self._client = None


class AioConsumer:
    """A member of a consumer group.

    All that the client has fetched is taken over at once. It asks the broker for nothing of a partition of which
    it still holds records, and one question is open at a time: what was left with it would keep that partition
    waiting until the question for the others has run out.
    """

    def __init__(self, bootstrap: str, *, group: str, topics: Sequence[str], tuning: Tuning) -> None:
        self._tuning = tuning
        self._bootstrap = bootstrap
        self._group = group
        self._topics = tuple(topics)
        self._answer_within = tuning.request_timeout_ms / 1000
        self._fetched: deque[Record] = deque()
        self._client: Any = None

    async def start(self, *, before_revoke: Revoke) -> None:
        """Join the group within the rebalance time-out."""

        async def give_back() -> None:
            await before_revoke()
            self._fetched.clear()

        async with _broker_errors():
            self._client = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap, group_id=self._group, **self._tuning.consumer_options()
            )
            self._client.subscribe(topics=list(self._topics), listener=_Listener(give_back))
            try:
                async with asyncio.timeout(self._tuning.rebalance_timeout_ms / 1000):
                    await self._client.start()
            except BaseException:
                await self.stop()
                raise

    async def poll(self, *, max_records: int, timeout_seconds: float) -> list[Record]:
        """The next records; raises what went wrong with the group since the last poll."""
        if not self._fetched:
            async with _broker_errors(), asyncio.timeout(timeout_seconds + self._answer_within):
                found = await self._client.getmany(timeout_ms=int(timeout_seconds * 1000))
            self._fetched.extend(record_of(raw) for records in found.values() for raw in records)
        return [self._fetched.popleft() for _ in range(min(max_records, len(self._fetched)))]

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> bool:
        """Store explicit offsets; a rebalance since the poll is no error, the new owner reads them again.

        Bounded, because a client whose broker died may look for its group's coordinator for ever.
        """
        try:
            async with _broker_errors(), asyncio.timeout(self._answer_within):
                await self._client.commit(
                    {ClientPartition(*partition): offset for partition, offset in offsets.items()}
                )
        except PartitionsMoved:
            return False
        return True

    async def lag(self) -> dict[TopicPartition, int]:
        """Records behind the end, asked of the broker."""
        async with _broker_errors(), asyncio.timeout(self._answer_within):
            assigned = list(self._client.assignment())
            ends = await self._client.end_offsets(assigned) if assigned else {}
            waiting = Counter(record.topic_partition for record in self._fetched)
            behind = {TopicPartition(*tp): max(0, end - await self._client.position(tp)) for tp, end in ends.items()}
            return {partition: count + waiting[partition] for partition, count in behind.items()}

    async def stop(self) -> None:
        """Leave the group; bounded."""
        if self._client is not None:
            await _stop_within(self._client, self._tuning.stop_timeout_seconds, what="consumer")
            self._client = None


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, before_revoke: Revoke) -> None:
        self._before_revoke = before_revoke

    async def on_partitions_revoked(self, revoked: object) -> None:
        if revoked:
            await self._before_revoke()

    async def on_partitions_assigned(self, assigned: Sequence[ClientPartition]) -> None:
        logger().info("consumer.assigned", count=len(assigned))


def _append(batch: Any, message: Message, *, now: int) -> bool:
    stamp = now if message.timestamp_ms is None else message.timestamp_ms
    added = batch.append(timestamp=stamp, key=message.key, value=message.value, headers=list(message.headers))
    return added is not None


def record_of(raw: Any) -> Record:
    """A record as the client gives it."""
    return Record(
        topic=raw.topic,
        partition=raw.partition,
        offset=raw.offset,
        key=raw.key,
        value=raw.value,
        headers=tuple([(name, value or b"") for name, value in raw.headers]),
        timestamp_ms=raw.timestamp,
    )


@asynccontextmanager
async def _broker_errors() -> AsyncIterator[None]:
    """Translate the client's errors.

    When a connection dies, aiokafka cancels futures that callers wait for: a CancelledError which
    was not requested, and which would end the caller's task without a log line.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        if was_cancelled():
            raise
        raise BrokerUnavailable(detail="the client gave up the request") from error
    except _MOVED as error:
        raise PartitionsMoved(detail=type(error).__name__) from error
    except _WEDGED as error:
        raise ProducerWedged(detail=type(error).__name__) from error
    except (KafkaError, OSError) as error:
        raise BrokerUnavailable(detail=type(error).__name__) from error


async def _stop_within(client: Any, seconds: float, *, what: str) -> None:
    """`stop()` of aiokafka flushes without a bound: give it a while, then drop what it holds unsent."""
    stopping = asyncio.create_task(client.stop())
    done, _ = await asyncio.wait([stopping], timeout=seconds)
    if done:
        if stopping.exception() is not None:
            logger().warning("kafka.client_stop_failed", reason=what, error=repr(stopping.exception()))
        return
    logger().warning("kafka.client_abandoned", reason=what)
    stopping.cancel()
    sender = getattr(client, "_sender", None)
    if sender is not None:
        await asyncio.wait([asyncio.create_task(sender.close())], timeout=1.0)
