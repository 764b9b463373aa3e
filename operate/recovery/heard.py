"""Who publishes on each topic, and which consumer groups read it, by the catalogue of events."""

from collections.abc import Mapping
from functools import cache
from typing import Final, NamedTuple

from shared.contracts.catalogue import CATALOGUE, SERVICES
from shared.contracts.topics import PUBLISHED_BY, consumer_of


class Consumer(NamedTuple):
    """A consumer group and the service whose inbox it fills."""

    service: str
    group: str


PRODUCER_OF: Final[Mapping[str, str]] = {topic: service for service, topics in PUBLISHED_BY.items() for topic in topics}
"""The service that publishes on each event topic."""


def groups_of(service: str) -> dict[str, frozenset[str]]:
    """The consumer groups of a service, and the topics that each reads."""
    heard = {event.topic for event in CATALOGUE if service in event.heard_by}
    groups: dict[str, frozenset[str]] = {}
    for topic in sorted(heard):
        group = consumer_of(service, topic)
        groups[group] = groups.get(group, frozenset()) | {topic}
    return groups


@cache
def consumers_of(topic: str) -> tuple[Consumer, ...]:
    """The consumer groups that read a topic; each sees every event of it, whatever its type."""
    return tuple(
        Consumer(service, group)
        for service in SERVICES
        for group, topics in groups_of(service).items()
        if topic in topics
    )
