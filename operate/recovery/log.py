"""What the topics of events hold, and up to where a consumer group has read: asked of the broker, and set there."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
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
_WAIT_MS: Final = 500
_ANSWER_MS: Final = 10
"""How long the broker may wait for records: one question is open at a time, and what is read to its end has none."""


class Range(NamedTuple):
    """Offsets of a partition: `start` and those after it that are below `end`."""

    start: int
    end: int


class LogSilent(OperatorError):
    """The broker has records and gives none."""

    def __init__(self, places: Sequence[TopicPartition]) -> None:
        named = ", ".join(f"{place.topic}/{place.partition}" for place in places[:5])
        super().__init__(
            f"Kafka gives no record of {named} within {SILENT_SECONDS:.0f} s.",
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

    async def records(
        self, parts: Mapping[TopicPartition, Range]
    ) -> AsyncIterator[tuple[TopicPartition, list[Record]]]:
        """The records of these parts of partitions, some of one partition at a time, in its order.

        Raises LogSilent when none comes for half a minute.
        """
        left = {ClientPartition(*place): part.end for place, part in parts.items() if part.start < part.end}
        self._consumer.assign(list(left))
        for place in left:
            self._consumer.seek(place, parts[TopicPartition(*place)].start)
        while left:
            for place, raw in (await self._some(left)).items():
                if records := [record_of(each) for each in raw if each.offset < left[place]]:
                    yield TopicPartition(*place), records
            left = {place: end for place, end in left.items() if await self._consumer.position(place) < end}

    async def _some(self, left: Mapping[ClientPartition, int]) -> Mapping[ClientPartition, list[Any]]:
        try:
            async with asyncio.timeout(SILENT_SECONDS):
                while True:
                    found: Mapping[ClientPartition, list[Any]] = await self._consumer.getmany(
                        *left, timeout_ms=_WAIT_MS, max_records=BATCH
                    )
                    if found or [place for place, end in left.items() if await self._consumer.position(place) >= end]:
                        return found
        except TimeoutError:
            raise LogSilent([TopicPartition(*place) for place in left]) from None

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
    consumer = AIOKafkaConsumer(
        **client, enable_auto_commit=False, isolation_level="read_committed", fetch_max_wait_ms=_ANSWER_MS
    )
    admin = AIOKafkaAdminClient(**client)
    try:
        await consumer.start()
        await admin.start()
        yield Log(client, consumer, admin)
    finally:
        await admin.close()
        await consumer.stop()
