"""What Kafka and the databases know of each other's events, found by reading both.

An event is lost when Kafka holds it and its producer knows it neither as published nor as waiting: the producer was
restored to an earlier state. Once all consumers pass it over, it is told no more. It is unread when a consumer has not
seen it; that is lag, unless the group's offset is beyond it. It is missing when a consumer has not seen it and Kafka
does not hold it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from operate.recovery import tables
from operate.recovery.heard import PRODUCER_OF, Consumer, consumers_of
from operate.recovery.log import BATCH, Log
from shared.contracts.topics import PUBLISHED_BY
from shared.platform.db.engine import Database
from shared.platform.kafka.cloud_events import Attributes, Undecodable, attributes_of
from shared.platform.kafka.port import Record, TopicPartition
from shared.platform.maintenance import KEEP_DAYS

LONGEST_AGO: Final = timedelta(days=KEEP_DAYS - 1)
"""Inbox and archive forget after KEEP_DAYS: nothing older can be judged."""


class Lost(NamedTuple):
    """An event that its producer does not know, and the groups that have handled it."""

    record: Record
    event: Attributes
    seen_by: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Comparison:
    """Compares the events since `since`; `databases` are those of all services, by name."""

    log: Log
    databases: Mapping[str, Database]
    since: datetime
    unread: dict[str, dict[TopicPartition, int]] = field(default_factory=dict)
    """By group: the first event of each partition that it has not seen, of those that their producer knows."""
    _held: set[bytes] = field(default_factory=set)
    """Events that a consumer has not seen and Kafka holds."""

    async def lost(self) -> AsyncIterator[tuple[str, list[Lost]]]:
        """What is lost, by topic, a batch at a time; reads all partitions."""
        parts = await self.log.ranges(await self.log.places(), since=self.since)
        async for place, records in self.log.records(parts):
            if lost := await self._lost_of(place, records):
                yield place.topic, lost

    async def missing(self) -> AsyncIterator[tuple[str, list[str]]]:
        """What is missing, by producer, a batch at a time, in order; only after all of `lost` was read."""
        for service, topics in PUBLISHED_BY.items():
            after = tables.START
            while found := await tables.archived(
                self.databases[service], after=after, since=self.since, topics=topics, limit=BATCH
            ):
                after = found[-1].seq
                unseen: set[str] = set()
                for topic in topics:
                    unseen |= await self._unseen_by_any(topic, [each.id for each in found if each.topic == topic])
                if ids := [each.id for each in found if each.id in unseen and UUID(each.id).bytes not in self._held]:
                    yield service, ids

    async def skipped(self) -> dict[str, dict[TopicPartition, int]]:
        """By group: where it has to go back to, because its offset is beyond an event that it has not seen."""
        back: dict[str, dict[TopicPartition, int]] = {}
        for group, first in self.unread.items():
            committed = await self.log.committed(group)
            if places := {place: offset for place, offset in first.items() if committed.get(place, 0) > offset}:
                back[group] = places
        return back

    async def _lost_of(self, place: TopicPartition, records: Sequence[Record]) -> list[Lost]:
        consumers = consumers_of(place.topic)
        producer = self.databases[PRODUCER_OF[place.topic]]
        events = [(record, event) for record in records if (event := readable(record)) is not None]
        ids = [event.id for _, event in events]
        unknown = await tables.unknown(producer, ids)
        passed_over = await tables.passed_over(producer, unknown)
        unseen = {each: await tables.unseen(self.databases[each.service], each.group, ids) for each in consumers}
        for record, event in events:
            if event.id not in unknown:
                self._note(place, record.offset, event, unseen)
        return [
            Lost(record, event, tuple(each.group for each in consumers if event.id not in unseen[each]))
            for record, event in events
            if event.id in unknown
            and (event.id not in passed_over or any(event.id in each for each in unseen.values()))
        ]

    def _note(self, place: TopicPartition, offset: int, event: Attributes, unseen: Mapping[Consumer, set[str]]) -> None:
        for consumer, ids in unseen.items():
            if event.id in ids:
                self.unread.setdefault(consumer.group, {}).setdefault(place, offset)
                self._held.add(UUID(event.id).bytes)

    async def _unseen_by_any(self, topic: str, ids: Sequence[str]) -> set[str]:
        unseen: set[str] = set()
        for consumer in consumers_of(topic) if ids else ():
            unseen |= await tables.unseen(self.databases[consumer.service], consumer.group, ids)
        return unseen


def readable(record: Record) -> Attributes | None:
    """The attributes of an event; None for a record that is none, which consumers put aside as a dead letter."""
    try:
        return attributes_of(record)
    except Undecodable:
        return None
