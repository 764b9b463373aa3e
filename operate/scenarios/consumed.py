"""Waits until every consumer has read what the topics hold: of a skipped event only Kafka's offsets have a trace."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from operate.scenarios.session import SERVICES, UnexpectedAnswer
from shared.contracts.topics import EVENT_TOPICS

_POLL_SECONDS: Final = 0.1
_LONGEST_SECONDS: Final = 60.0
_GROUPS: Final = tuple(f"{service}.{part}" for service in SERVICES for part in ("registry", "cases"))

Ends = Mapping[TopicPartition, int]


async def all_read(kafka: Mapping[str, Any]) -> None:
    """Wait until every consumer group has read what the topics hold now. Raises UnexpectedAnswer after a minute."""
    admin = AIOKafkaAdminClient(**kafka)
    await admin.start()
    try:
        ends = await _ends(kafka)
        async with asyncio.timeout(_LONGEST_SECONDS):
            while behind := [group for group in _GROUPS if await _is_behind(admin, group, ends)]:
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise UnexpectedAnswer(f"not all events were read again in {_LONGEST_SECONDS:.0f} s by {behind}") from None
    finally:
        await admin.close()


async def _ends(kafka: Mapping[str, Any]) -> Ends:
    consumer = AIOKafkaConsumer(**kafka)
    await consumer.start()
    try:
        known = await consumer.topics()
        partitions = [
            TopicPartition(topic, partition)
            for topic in known & set(EVENT_TOPICS)
            for partition in consumer.partitions_for_topic(topic) or ()
        ]
        ends: Ends = await consumer.end_offsets(partitions)
        return ends
    finally:
        await consumer.stop()


async def _is_behind(admin: AIOKafkaAdminClient, group: str, ends: Ends) -> bool:
    """Whether a group has to read on; of a topic that it never committed it reads nothing."""
    committed = await admin.list_consumer_group_offsets(group)
    return any(place.offset < ends.get(partition, 0) for partition, place in committed.items())
