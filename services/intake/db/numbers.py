"""Case numbers are had from the database in runs, so that no registration waits for another's commit.

A run is as long as registrations wait for it, and doubles while they come fast: while they are few each
number is had by itself, in the order of the cases. What a registration did not need goes to the next,
lowest first; a process that is killed takes the rest of its run along. Papers, whose numbers may have no gap at
any time, count in their own transaction.
"""

import heapq
import time
from dataclasses import dataclass, field
from typing import Final

from services.intake.domain.numbering import Series
from shared.kernel.ids import OrgId
from shared.platform.db.engine import Database
from shared.platform.db.transaction import transaction

_RUN: Final = """
    INSERT INTO intake.counter AS n (org_id, series, value) VALUES ($1::uuid, $2::text, $3::int)
    ON CONFLICT (org_id, series) DO UPDATE SET value = n.value + $3::int RETURNING value
"""
_LONGEST_RUN: Final = 64
_FAST_SECONDS: Final = 1.0

Place = tuple[OrgId, str]


class NoNumber(Exception):
    """There is no free number of the series: `fetch`, then register again."""

    def __init__(self, *, org: OrgId, series: Series) -> None:
        super().__init__(series.key)
        self.place: Place = (org, series.key)


@dataclass(slots=True)
class _Stock:
    free: list[int] = field(default_factory=list)
    run: int = 0
    fetched_at: float = float("-inf")


class Numbers:
    """The numbers that this process has and has not given out, by organisation and series."""

    def __init__(self) -> None:
        self._stocks: dict[Place, _Stock] = {}

    def lend(self) -> "Loan":
        """For one attempt at registering."""
        return Loan(self._stocks)

    async def fetch(self, db: Database, place: Place, *, waiting: int) -> None:
        """Have a run of numbers for at least `waiting` registrations, in a transaction of its own."""
        stock = self._stocks.setdefault(place, _Stock())
        if stock.free:
            return
        now = time.monotonic()
        doubled = stock.run * 2 if now - stock.fetched_at < _FAST_SECONDS else 1
        stock.run, stock.fetched_at = min(_LONGEST_RUN, max(doubled, waiting)), now
        async with transaction(db) as tx:
            [(last,)] = await tx.rows(_RUN, (*place, stock.run))
        stock.free.extend(range(last - stock.run + 1, last + 1))


class Loan:
    """The numbers that one attempt has taken; those of an attempt that failed are given back."""

    def __init__(self, stocks: dict[Place, _Stock]) -> None:
        self._stocks = stocks
        self._taken: list[tuple[Place, int]] = []

    def take(self, org: OrgId, series: Series) -> str:
        """The lowest free number. Raises NoNumber."""
        stock = self._stocks.get((org, series.key))
        if stock is None or not stock.free:
            raise NoNumber(org=org, series=series)
        value = heapq.heappop(stock.free)
        self._taken.append(((org, series.key), value))
        return series.number(value)

    def give_back(self) -> None:
        """The attempt has stored nothing."""
        for place, value in self._taken:
            heapq.heappush(self._stocks[place].free, value)
        self._taken.clear()
