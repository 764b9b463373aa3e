"""Which events of a poll are handled in one call: those of a batch handler, as far as their order allows."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from shared.platform.inbox.arrival import Arrival, BatchHandler
from shared.platform.inbox.ordering_key import OrderingKey


def batches(arrivals: Sequence[Arrival], *, handlers: Mapping[str, BatchHandler]) -> Iterator[list[Arrival]]:
    """Batches of events of one handler; the events of each ordering key keep their order over all batches.

    `handlers` are the batch handlers by event type: what one of them handles is collected over types and ordering
    keys. Every other event is a batch of one, at its place.
    """
    collected: dict[BatchHandler, list[Arrival]] = {}
    waiting_for: dict[OrderingKey, BatchHandler] = {}
    for arrival in arrivals:
        handler = handlers.get(arrival.event.type)
        before = waiting_for.get(arrival.ordering_key, handler)
        if before is not None and before != handler:
            batch = collected.pop(before)
            for member in batch:
                waiting_for.pop(member.ordering_key, None)
            yield batch
        if handler is not None:
            collected.setdefault(handler, []).append(arrival)
            waiting_for[arrival.ordering_key] = handler
        else:
            yield [arrival]
    yield from collected.values()


def shares(batch: Sequence[Arrival], seconds: float) -> dict[str, float]:
    """What each event type has of the time of a batch, by its number of events."""
    counts = Counter(arrival.event.type for arrival in batch)
    return {kind: seconds * count / len(batch) for kind, count in counts.items()}
