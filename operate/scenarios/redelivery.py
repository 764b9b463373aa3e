"""Publishing an organisation's events again, and waiting until every consumer has read them."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from operate.scenarios.quiescence import settle
from operate.scenarios.session import SERVICES, Answer, Session, UnexpectedAnswer
from operate.scenarios.verb_call import without_none
from shared.contracts.topics import EVENT_TOPICS
from shared.kernel.ids import new_id

_POLL_SECONDS: Final = 0.1
_LONGEST_SECONDS: Final = 60.0
_GROUPS: Final = tuple(f"{service}.{part}" for service in SERVICES for part in ("registry", "cases"))

Ends = Mapping[TopicPartition, int]


async def replay(session: Session, *, case_id: str | None, to: str | None) -> Answer:
    """Ask every service to publish its events again; answers when they are read, with how many there were.

    `case_id` restricts them to one case, `to` to the topics that a service reads.
    """
    topics: list[str | None] = [None] if to is None else await _topics_of(session, to)
    events = dict.fromkeys(SERVICES, 0)
    for service in SERVICES:
        for topic in topics:
            answer = await _ask(session, service, without_none(key=case_id, topic=topic))
            if answer.refused:
                return answer
            events[service] += answer.body["events"]
    await settle(session)
    if session.stack.kafka:
        await _all_read(session.stack.kafka)
    return Answer(202, {"events": sum(events.values()), "of": events}, {})


async def _ask(session: Session, service: str, body: Mapping[str, str]) -> Answer:
    return await session.call(
        service,
        "POST",
        "/v1/outbox/replay",
        token=session.operator_token(),
        json=body,
        headers={"Idempotency-Key": new_id()},
    )


async def _topics_of(session: Session, service: str) -> list[str | None]:
    """The topics that a service reads, as listed by its quiescence."""
    seen = await session.operate(service, "GET", "/v1/quiescence")
    return sorted(seen["handled"])


async def _all_read(kafka: Mapping[str, Any]) -> None:
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
