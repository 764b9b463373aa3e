"""Requests that wait until events were handled: one task of the process looks for all of them.

Each look is one statement, whatever the number of those that wait. What was handled stands in PostgreSQL only, so it
does not matter which process of the service has handled it, nor whether one was restarted.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from shared.platform.db.engine import Database
from shared.platform.db.transaction import DatabaseUnavailable, reading
from shared.platform.inbox.handled import Wanted, missing
from shared.platform.loops import gathering
from shared.platform.observability.logging import logger

LONGEST_SECONDS: Final = 2.0
LOOK_EVERY_SECONDS: Final = 0.02
LONGEST_REST_SECONDS: Final = 0.2
"""A look that takes long is followed by a rest of four times as long: looks take a fifth of one connection's time."""
MOST_OF_ORGANISATION: Final = 32
MOST: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a request waits, and how many may wait at once in a process: of one organisation and in all."""

    seconds: float = LONGEST_SECONDS
    of_organisation: int = MOST_OF_ORGANISATION
    in_all: int = MOST


@dataclass(eq=False, slots=True)
class _Waiter:
    org: str
    wanted: Sequence[Wanted]
    handled: asyncio.Event = field(default_factory=asyncio.Event)


class Waiting:
    """The requests of one process that wait."""

    def __init__(self, db: Database, patience: Patience) -> None:
        self._db = db
        self._patience = patience
        self._waiters: set[_Waiter] = set()
        self._of_organisation: Counter[str] = Counter()
        self._looking: asyncio.Task[None] | None = None

    async def for_all(self, wanted: Sequence[Wanted], *, org: str) -> bool:
        """Return when all of `wanted` were handled; False after the longest wait, at once when too many wait."""
        if len(self._waiters) >= self._patience.in_all:
            return False
        if self._of_organisation[org] >= self._patience.of_organisation:
            return False
        waiter = _Waiter(org, wanted)
        self._waiters.add(waiter)
        self._of_organisation[org] += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_until_none_waits(), name="catching_up")
        try:
            async with asyncio.timeout(self._patience.seconds):
                await waiter.handled.wait()
        except TimeoutError:
            return False
        finally:
            self._waiters.discard(waiter)
            self._of_organisation -= Counter({org: 1})
        return True

    async def _look_until_none_waits(self) -> None:
        pause = LOOK_EVERY_SECONDS
        while self._waiters:
            await asyncio.sleep(pause)
            started = time.perf_counter()
            try:
                await self._look()
            except DatabaseUnavailable as error:
                logger().warning("catching_up.database_unavailable", code=error.code)
            took = time.perf_counter() - started
            pause = max(LOOK_EVERY_SECONDS, gathering(took, longest=LONGEST_REST_SECONDS))

    async def _look(self) -> None:
        waiters = [waiter for waiter in self._waiters if not waiter.handled.is_set()]
        if not waiters:
            return
        async with reading(self._db) as tx:
            behind = await missing(tx, [wanted for waiter in waiters for wanted in waiter.wanted])
        numbers = iter(range(sum(len(waiter.wanted) for waiter in waiters)))
        for waiter in waiters:
            if behind.isdisjoint([next(numbers) for _ in waiter.wanted]):
                waiter.handled.set()
