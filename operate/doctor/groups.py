"""The consumer groups of the services: whether each has read what the topics hold, or reads on."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from operate.doctor.finding import Finding, fail, ok, warn
from operate.recovery.heard import groups_of
from operate.recovery.log import Log, opened_log
from shared.platform.kafka.port import TopicPartition

MOVES_WITHIN_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.5

Offsets = Mapping[TopicPartition, int]


async def check_groups(service: str, client: Mapping[str, Any]) -> AsyncIterator[Finding]:
    """A finding for each group of the service; `client` has the keyword arguments of a Kafka client."""
    for group, topics in groups_of(service).items():
        yield await check_group(client, group, topics)


async def check_group(
    client: Mapping[str, Any], group: str, topics: frozenset[str], *, seconds: float = MOVES_WITHIN_SECONDS
) -> Finding:
    """One group that is to read `topics`; one that is behind is watched for `seconds`."""
    async with opened_log(client) as log:
        members = await log.members(group)
        before = await log.committed(group)
        held = await log.ranges(await log.places(sorted(topics)))
        ends = {place: part.end for place, part in held.items()}
        behind = lag(before, ends)
        has_moved = bool(behind) and members > 0 and await _moves(log, group, before, seconds=seconds)
        if beyond := [place for place, end in ends.items() if before.get(place, 0) > end]:
            return judged_beyond(group, beyond)
        return judged_group(group, members=members, behind=behind, has_moved=has_moved)


def lag(committed: Offsets, ends: Offsets) -> int:
    """How many records of the partitions in `ends` are not committed."""
    return sum(max(0, end - committed.get(place, 0)) for place, end in ends.items())


def judged_beyond(group: str, places: list[TopicPartition]) -> Finding:
    """A group that has read further than the topics reach: they lost records, or were made anew."""
    named = ", ".join(f"{place.topic}/{place.partition}" for place in places)
    return fail(
        "kafka.group",
        group,
        f"has read beyond the end of {named}",
        advice="Kafka has lost events: stop the workers, then `redress recover` (docs/mishaps.md).",
    )


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


async def _moves(log: Log, group: str, before: Offsets, *, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            while await log.committed(group) == before:
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        return False
    return True
