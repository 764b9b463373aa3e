"""Of events: what was committed was published, in order, and every service that hears it has handled it."""

from collections.abc import Iterator
from typing import Final

from tests.chaos.suite.books import Books, Event

_HANDLED: Final = "handled"


def events_are_archived(books: Books) -> Iterator[str]:
    """Kafka holds the events of the archives, each at least once, and no others."""
    archived, published = {event.id for event in books.events}, {record.id for record in books.records}
    yield from (f"event {event_id} is in an archive and not in Kafka" for event_id in sorted(archived - published))
    yield from (f"event {event_id} is in Kafka and in no archive" for event_id in sorted(published - archived))


def events_ascend(books: Books) -> Iterator[str]:
    """First deliveries of an aggregate have rising versions, on one partition, in the order of their commits."""
    events = {event.id: event for event in books.events}
    newest: dict[tuple[str, str, str], Event] = {}
    partitions: dict[tuple[str, str], int] = {}
    seen: set[str] = set()
    for record in sorted(books.records, key=lambda each: (each.topic, each.partition, each.offset)):
        event = events.get(record.id)
        if event is None or event.id in seen:
            continue
        seen.add(event.id)
        if partitions.setdefault((event.topic, event.key), record.partition) != record.partition:
            yield f"{event.topic}: the events of {event.key} are on several partitions"
        aggregate = (event.topic, event.aggregate, event.aggregate_id)
        before = newest.get(aggregate)
        if before is not None and (event.version <= before.version or event.seq <= before.seq):
            yield f"{event.aggregate} {event.aggregate_id}: version {event.version} came after {before.version}"
        newest[aggregate] = event


def events_are_handled(books: Books) -> Iterator[str]:
    """Every service has handled each event that it hears."""
    for event in books.events:
        for service in sorted(books.heard.get(event.type, frozenset())):
            outcome = books.inbox[service].get(event.id, "not there")
            if outcome != _HANDLED:
                yield f"{service}: {event.type} {event.id} of {event.key} is {outcome}"
