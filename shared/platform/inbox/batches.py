"""Which events of a poll are handled in one call: those of a batch handler, as far as their order allows."""

from collections.abc import Collection, Iterator, Sequence

from shared.platform.inbox.arrival import Arrival
from shared.platform.inbox.ordering_key import OrderingKey


def batches(arrivals: Sequence[Arrival], *, batched: Collection[str]) -> Iterator[list[Arrival]]:
    """Batches of events of one type; the events of each ordering key keep their order over all batches.

    Types in `batched` are collected over ordering keys; every other event is a batch of one, at its place.
    """
    collected: dict[str, list[Arrival]] = {}
    type_of_key: dict[OrderingKey, str] = {}
    for arrival in arrivals:
        kind = arrival.event.type
        before = type_of_key.get(arrival.ordering_key, kind)
        if before != kind:
            batch = collected.pop(before)
            for member in batch:
                type_of_key.pop(member.ordering_key, None)
            yield batch
        if kind in batched:
            collected.setdefault(kind, []).append(arrival)
            type_of_key[arrival.ordering_key] = kind
        else:
            yield [arrival]
    yield from collected.values()
