"""Turns: requests about one thing (a case, a remedy) run a few at a time, so that a hot row holds few connections.

They would wait for each other at the row's lock anyway, each with a connection. Here they wait without a connection
and without a place, a bounded number for a bounded time.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from shared.platform.db.transaction import Busy
from shared.platform.http.admission import Admission, Ask, Overloaded, Place

AT_ONCE: Final = 4
MAX_WAITING: Final = 30
WAIT_SECONDS: Final = 2.0


@dataclass(slots=True)
class _Thing:
    admission: Admission
    requests: int = 0


class Turns:
    """The turns of one process, for as long as there are requests about a thing."""

    def __init__(self, *, at_once: int = AT_ONCE, max_waiting: int = MAX_WAITING) -> None:
        self._at_once = at_once
        self._max_waiting = max_waiting
        self._things: dict[str, _Thing] = {}

    @asynccontextmanager
    async def turn(self, thing: str, *, place: Place | None) -> AsyncIterator[None]:
        """The block runs when it is the request's turn; `place` is given up meanwhile. Raises Busy."""
        found = self._things.get(thing)
        if found is None:
            found = self._things[thing] = _Thing(self._admission())
        found.requests += 1
        try:
            if found.requests > self._at_once and place is not None:
                place.leave()
            await _enter(found.admission, thing)
            try:
                if place is not None:
                    await place.take()
                yield
            finally:
                found.admission.leave(Ask(thing))
        finally:
            found.requests -= 1
            if not found.requests:
                del self._things[thing]

    def _admission(self) -> Admission:
        return Admission(
            limit=self._at_once,
            max_waiting=self._max_waiting,
            wait_seconds=WAIT_SECONDS,
            most_of_a_share=self._at_once,
            of_http=False,
        )


async def _enter(admission: Admission, thing: str) -> None:
    try:
        await admission.enter(Ask(thing))
    except Overloaded:
        raise Busy(detail="too many requests about the same thing") from None
