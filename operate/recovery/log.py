"""What the topics of events hold, and up to where a consumer group has read: asked of the broker, and set there."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as ClientPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError

from operate.errors import OperatorError
from shared.contracts.topics import EVENT_TOPICS
from shared.platform.kafka.aio import record_of
from shared.platform.kafka.port import Record, TopicPartition

BATCH: Final = 1000
SILENT_SECONDS: Final = 30.0
_COORDINATOR_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.5


class Range(NamedTuple):
    """Offsets of a partition: `start` and those after it that are below `end`."""

    start: int
    end: int


class LogSilent(OperatorError):
    """The broker has records and gives none."""

    def __init__(self, place: TopicPartition) -> None:
        super().__init__(
            f"Kafka gives no record of {place.topic}/{place.partition} within {SILENT_SECONDS:.0f} s.",
            hint="Do all partitions have a leader? `redress doctor` looks.",
        )


class Log:
    """The event topics of a broker; `client` has the keyword arguments of a Kafka client."""

    def __init__(self, client: Mapping[str, Any], consumer: AIOKafkaConsumer, admin: AIOKafkaAdminClient) -> None:
        self._client = client
        self._consumer = consumer
        self._admin = admin

    async def places(self, topics: Iterable[str] = EVENT_TOPICS) -> list[TopicPartition]:
        """The partitions of those of the topics that exist, in their order."""
        described = {each["topic"]: each["partitions"] for each in await self._admin.describe_topics()}
        return [
            TopicPartition(topic, each)
            for topic in topics
            for each in sorted(partition["partition"] for partition in described.get(topic, ()))
        ]

    async def ranges(
        self, places: Iterable[TopicPartition], *, since: datetime | None = None
    ) -> dict[TopicPartition, Range]:
        """What each partition holds, from the first record at or after `since`."""
        wanted = [ClientPartition(*place) for place in places]
        if not wanted:
            return {}
        ends = await self._consumer.end_offsets(wanted)
        starts = await self._consumer.beginning_offsets(wanted)
        if since is not None:
            found = await self._consumer.offsets_for_times(dict.fromkeys(wanted, int(since.timestamp() * 1000)))
            starts = {place: ends[place] if found[place] is None else found[place].offset for place in wanted}
        return {TopicPartition(*place): Range(min(starts[place], ends[place]), ends[place]) for place in wanted}

    async def records(self, place: TopicPartition, part: Range) -> AsyncIterator[list[Record]]:
        """The records of a part of a partition, at most `BATCH` at a time."""
        at = ClientPartition(*place)
        self._consumer.assign([at])
        self._consumer.seek(at, part.start)
        reached = part.start
        while reached < part.end:
            try:
                async with asyncio.timeout(SILENT_SECONDS):
                    found: list[Any] = []
                    while not found and reached < part.end:
                        found = (await self._consumer.getmany(at, timeout_ms=500, max_records=BATCH)).get(at, [])
                        reached = await self._consumer.position(at)
            except TimeoutError:
                raise LogSilent(place) from None
            if records := [record_of(raw) for raw in found if raw.offset < part.end]:
                yield records

    async def members(self, group: str) -> int:
        """How many consumers are in a group. The first question about any group has a new broker make its coordinator.

        Raises TimeoutError when the broker has no coordinator for it.
        """
        async with asyncio.timeout(_COORDINATOR_SECONDS):
            while True:
                try:
                    [answer] = await self._admin.describe_consumer_groups([group])
                except (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError):
                    await asyncio.sleep(_POLL_SECONDS)
                    continue
                [described] = answer.to_object()["groups"]
                return len(described["members"])

    async def committed(self, group: str) -> dict[TopicPartition, int]:
        """The next offset that a group reads, of each partition of which it has committed one."""
        found = await self._admin.list_consumer_group_offsets(group)
        return {TopicPartition(*place): each.offset for place, each in found.items() if each.offset >= 0}

    async def go_to(self, group: str, offsets: Mapping[TopicPartition, int]) -> None:
        """Have a group without members read on from these offsets. Raises CommitFailedError when it has members."""
        consumer = AIOKafkaConsumer(**self._client, group_id=group, enable_auto_commit=False)
        await consumer.start()
        try:
            chosen = {ClientPartition(*place): offset for place, offset in offsets.items()}
            consumer.assign(list(chosen))
            await consumer.commit(chosen)
        finally:
            await consumer.stop()


@asynccontextmanager
async def opened_log(client: Mapping[str, Any]) -> AsyncIterator[Log]:
    """The event topics of the broker that `client` reaches; nothing is committed by reading them."""
    consumer = AIOKafkaConsumer(**client, enable_auto_commit=False, isolation_level="read_committed")
    admin = AIOKafkaAdminClient(**client)
    try:
        await consumer.start()
        await admin.start()
        yield Log(client, consumer, admin)
    finally:
        await admin.close()
        await consumer.stop()
