"""Waits until every consumer has read what the topics hold: of a skipped event only Kafka's offsets have a trace."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from operate.recovery.log import Log, opened_log
from operate.scenarios.session import SERVICES, UnexpectedAnswer
from shared.platform.kafka.port import TopicPartition

_POLL_SECONDS: Final = 0.1
_LONGEST_SECONDS: Final = 60.0
_GROUPS: Final = tuple(f"{service}.{part}" for service in SERVICES for part in ("registry", "cases"))

Ends = Mapping[TopicPartition, int]


async def all_read(kafka: Mapping[str, Any]) -> None:
    """Wait until every consumer group has read what the topics hold now. Raises UnexpectedAnswer after a minute."""
    async with opened_log(kafka) as log:
        ends = {place: part.end for place, part in (await log.ranges(await log.places())).items()}
        behind: list[str] = []
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                while behind := [group for group in _GROUPS if await _is_behind(log, group, ends)]:
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise UnexpectedAnswer(f"not all events were read in {_LONGEST_SECONDS:.0f} s by {behind}") from None


async def _is_behind(log: Log, group: str, ends: Ends) -> bool:
    """Whether a group has to read on; of a topic that it never committed it reads nothing."""
    return any(offset < ends.get(place, 0) for place, offset in (await log.committed(group)).items())
