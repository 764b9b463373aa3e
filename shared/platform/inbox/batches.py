"""Which events of a batch are handled in one call: those whose handler takes many, as far as order allows."""

from collections.abc import Collection, Iterator, Sequence

from shared.platform.inbox.arrival import Arrival
from shared.platform.inbox.ordering_key import Lane


def waves(arrivals: Sequence[Arrival], *, together: Collection[str]) -> Iterator[list[Arrival]]:
    """Groups of events of one type, each lane's events in their order over all groups.

    Types in `together` are gathered across lanes; every other event is a group by itself, at its place.
    """
    gathered: dict[str, list[Arrival]] = {}
    held: dict[Lane, str] = {}
    for arrival in arrivals:
        kind = arrival.event.type
        before = held.get(arrival.lane, kind)
        if before != kind:
            group = gathered.pop(before)
            for member in group:
                held.pop(member.lane, None)
            yield group
        if kind in together:
            gathered.setdefault(kind, []).append(arrival)
            held[arrival.lane] = kind
        else:
            yield [arrival]
    yield from gathered.values()
