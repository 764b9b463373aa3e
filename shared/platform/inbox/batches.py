"""Which events of a poll are handled in one call: those of a batch handler, as far as their order allows."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from shared.platform.inbox.arrival import Arrival, BatchHandler


def batches(
    arrivals: Sequence[Arrival], *, handlers: Mapping[str, BatchHandler], together: Collection[tuple[str, str]] = ()
) -> Iterator[list[Arrival]]:
    """Batches of events of one handler; the events of each ordering key keep their order over all batches.

    `handlers` are the batch handlers by event type: what one of them handles is collected over types and ordering
    keys. Every other event is a batch of one, at its place. `together` are organisations and keys whose events keep
    their order over all topics.
    """
    collected: dict[BatchHandler, list[Arrival]] = {}
    waiting_for: dict[tuple[str, ...], BatchHandler] = {}
    for arrival in arrivals:
        handler = handlers.get(arrival.event.type)
        before = waiting_for.get(_ordered_by(arrival, together), handler)
        if before is not None and before != handler:
            batch = collected.pop(before)
            for member in batch:
                waiting_for.pop(_ordered_by(member, together), None)
            yield batch
        if handler is not None:
            collected.setdefault(handler, []).append(arrival)
            waiting_for[_ordered_by(arrival, together)] = handler
        else:
            yield [arrival]
    yield from collected.values()


def _ordered_by(arrival: Arrival, together: Collection[tuple[str, str]]) -> tuple[str, ...]:
    key = arrival.ordering_key
    return (key.org, key.key) if together and (key.org, key.key) in together else key


def shares(batch: Sequence[Arrival], seconds: float) -> dict[str, float]:
    """What each event type has of the time of a batch, by its number of events."""
    counts = Counter(arrival.event.type for arrival in batch)
    return {kind: seconds * count / len(batch) for kind, count in counts.items()}
