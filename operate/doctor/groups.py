"""The consumer groups of the services: whether each has read what the topics hold, or reads on."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError

from operate.doctor.finding import Finding, fail, ok, warn
from shared.contracts.catalogue import CATALOGUE
from shared.contracts.topics import consumer_of

MOVES_WITHIN_SECONDS: Final = 10.0
COORDINATOR_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.5

Offsets = Mapping[TopicPartition, int]


def groups_of(service: str) -> dict[str, frozenset[str]]:
    """The consumer groups of a service, and the topics that each reads."""
    heard = {event.topic for event in CATALOGUE if service in event.heard_by}
    groups: dict[str, frozenset[str]] = {}
    for topic in sorted(heard):
        group = consumer_of(service, topic)
        groups[group] = groups.get(group, frozenset()) | {topic}
    return groups


async def check_groups(service: str, client: Mapping[str, Any]) -> AsyncIterator[Finding]:
    """A finding for each group of the service; `client` has the keyword arguments of a Kafka client."""
    for group, topics in groups_of(service).items():
        yield await check_group(client, group, topics)


async def check_group(
    client: Mapping[str, Any], group: str, topics: frozenset[str], *, seconds: float = MOVES_WITHIN_SECONDS
) -> Finding:
    """One group that is to read `topics`; one that is behind is watched for `seconds`."""
    async with _admin(client) as admin:
        members = await _members(admin, group)
        before = await _committed(admin, group)
        behind = lag(before, await _ends(client, await _places(admin, topics)))
        has_moved = bool(behind) and members > 0 and await _moves(admin, group, before, seconds=seconds)
        return judged_group(group, members=members, behind=behind, has_moved=has_moved)


def lag(committed: Offsets, ends: Offsets) -> int:
    """How many records of the partitions in `ends` are not committed."""
    return sum(max(0, end - committed.get(place, 0)) for place, end in ends.items())


def judged_group(group: str, *, members: int, behind: int, has_moved: bool) -> Finding:
    """What the group's members and lag say; `has_moved` is whether it committed anything while it was watched."""
    service = group.partition(".")[0]
    start = f"Start {service} with REDRESS_ROLE=worker or all; its log says why it ended."
    said = f"{members} members, {behind} records behind"
    if not members:
        judged = fail if behind else warn
        return judged("kafka.group", group, said, advice=start)
    if behind and not has_moved:
        return fail(
            "kafka.group",
            group,
            f"{said}, and no offset moves",
            advice=f"The log of {service} says why, in lines whose event begins with consumer.",
        )
    return ok("kafka.group", group, said)


async def _moves(admin: AIOKafkaAdminClient, group: str, before: Offsets, *, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            while await _committed(admin, group) == before:
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        return False
    return True


async def _members(admin: AIOKafkaAdminClient, group: str) -> int:
    """How many consumers are in the group. The first question about any group has a new broker make its coordinator."""
    async with asyncio.timeout(COORDINATOR_SECONDS):
        while True:
            with suppress(GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError):
                [answer] = await admin.describe_consumer_groups([group])
                break
            await asyncio.sleep(_POLL_SECONDS)
    [described] = answer.to_object()["groups"]
    return len(described["members"])


async def _committed(admin: AIOKafkaAdminClient, group: str) -> Offsets:
    offsets = await admin.list_consumer_group_offsets(group)
    return {place: found.offset for place, found in offsets.items()}


async def _places(admin: AIOKafkaAdminClient, topics: frozenset[str]) -> list[TopicPartition]:
    """The partitions of those of the topics that exist."""
    return [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in await admin.describe_topics()
        if topic["topic"] in topics
        for partition in topic["partitions"]
    ]


async def _ends(client: Mapping[str, Any], places: Sequence[TopicPartition]) -> Offsets:
    consumer = AIOKafkaConsumer(**client)
    await consumer.start()
    try:
        ends: Offsets = await consumer.end_offsets(places) if places else {}
        return ends
    finally:
        await consumer.stop()


@asynccontextmanager
async def _admin(client: Mapping[str, Any]) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**client)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()
