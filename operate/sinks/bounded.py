"""A list that keeps the newest entries only, so that a sink never grows without end."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Entry = TypeVar("Entry")


class Newest(Generic[Entry]):
    """The newest `limit` entries, each with a number that only grows."""

    def __init__(self, *, limit: int) -> None:
        self._entries: deque[tuple[int, Entry]] = deque(maxlen=limit)
        self._count = 0

    def add(self, entry: Entry) -> int:
        self._count += 1
        self._entries.append((self._count, entry))
        return self._count

    def __iter__(self) -> Iterator[tuple[int, Entry]]:
        return iter(tuple(self._entries))

    @property
    def count(self) -> int:
        """How many were ever added."""
        return self._count

    def since(self, number: int, *, where: Callable[[Entry], bool]) -> list[tuple[int, Entry]]:
        """Entries after the number that meet the condition, oldest first."""
        return [(each, entry) for each, entry in self if each > number and where(entry)]

    def remove(self, where: Callable[[Entry], bool]) -> int:
        """Drop the entries that meet the condition; returns how many they were."""
        kept = [pair for pair in self._entries if not where(pair[1])]
        removed = len(self._entries) - len(kept)
        self._entries = deque(kept, maxlen=self._entries.maxlen)
        return removed
