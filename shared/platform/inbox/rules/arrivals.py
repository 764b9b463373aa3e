"""What becomes of each event of a batch, given what the consumer has seen, parked and stopped."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from shared.platform.inbox.arrival import Arrival
from shared.platform.inbox.breaker import Producer
from shared.platform.inbox.ordering_key import OrderingKey

AggregateKey = tuple[str, str, str]
"""Organisation, aggregate type, aggregate id."""


class Fate(Enum):
    """`HANDLED`: it goes to the handler. `QUEUED` and `SET_ASIDE`: it waits with its key, tried before or not."""

    DUPLICATE = "duplicate"
    STALE = "stale"
    QUEUED = "queued"
    SET_ASIDE = "set_aside"
    HANDLED = "handled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a consumer knows before a batch: `unseen` are the ids that its inbox did not have."""

    unseen: frozenset[str]
    high_water: Mapping[AggregateKey, int]
    parked: frozenset[OrderingKey]
    stopped: frozenset[Producer]


def unseen_of(arrivals: Iterable[Arrival], unseen: Iterable[str]) -> list[Arrival]:
    """The first arrival of each event that the inbox did not have."""
    left = set(unseen)
    kept = []
    for arrival in arrivals:
        if arrival.event.id in left:
            left.discard(arrival.event.id)
            kept.append(arrival)
    return kept


def fates(arrivals: Sequence[Arrival], known: Known) -> list[Fate]:
    """The fate of each arrival, in their order; an event that is set aside keeps those of its key behind it."""
    unseen, newest, parked = set(known.unseen), dict(known.high_water), set(known.parked)
    return [_fate(arrival, known.stopped, unseen=unseen, newest=newest, parked=parked) for arrival in arrivals]


def _fate(
    arrival: Arrival,
    stopped: frozenset[Producer],
    *,
    unseen: set[str],
    newest: dict[AggregateKey, int],
    parked: set[OrderingKey],
) -> Fate:
    event = arrival.event
    if event.id not in unseen:
        return Fate.DUPLICATE
    unseen.discard(event.id)
    aggregate = (event.org, event.aggregate, event.aggregate_id)
    if event.version <= newest.get(aggregate, 0):
        return Fate.STALE
    newest[aggregate] = event.version
    if arrival.ordering_key in parked:
        return Fate.QUEUED
    if stopped and producer_of(arrival) in stopped:
        parked.add(arrival.ordering_key)
        return Fate.SET_ASIDE
    return Fate.HANDLED


def first_of_each_key(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """The oldest arrival of each ordering key: what fails or is parked before the others of its key."""
    first: dict[OrderingKey, Arrival] = {}
    for arrival in arrivals:
        first.setdefault(arrival.ordering_key, arrival)
    return list(first.values())


def producer_of(arrival: Arrival) -> Producer:
    """The organisation and type of an event whose attributes are readable."""
    return Producer(arrival.event.org, arrival.event.type)
