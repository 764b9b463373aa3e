"""What several invariants count with."""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import TypeVar

Place = TypeVar("Place", bound=Hashable)


def doubled(places: Iterable[tuple[str, ...]]) -> Iterator[tuple[tuple[str, ...], int]]:
    """What occurs more than once, with how often."""
    yield from ((place, count) for place, count in sorted(Counter(places).items()) if count > 1)


def uneven(ones: Counter[Place], others: Counter[Place]) -> list[Place]:
    """What the two count differently."""
    return sorted((place for place in ones.keys() | others.keys() if ones[place] != others[place]), key=repr)


def percentile(values: Sequence[float], part: float) -> float:
    """The least of the values that `part` of them do not exceed (nearest rank)."""
    return sorted(values)[math.ceil(len(values) * part) - 1]
