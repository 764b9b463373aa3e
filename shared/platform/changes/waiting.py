"""Requests that wait for events: one task of the process looks for all of them.

A look is one statement about the head of the archive, and a second one about the organisations that wait when the head
has moved. The task runs only while a request waits.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from shared.platform.changes.feed import bounds, changed
from shared.platform.db.engine import Database
from shared.platform.db.transaction import DatabaseUnavailable
from shared.platform.http.admission import Admission, Ask
from shared.platform.observability.logging import logger

LOOK_EVERY_SECONDS: Final = 0.1
MOST: Final = 256
MOST_OF_ORGANISATION: Final = 32


@dataclass(eq=False, slots=True)
class _Waiter:
    org: str
    after: int
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Waiters:
    """The requests of one process that wait for events; their places are shared out over organisations."""

    def __init__(self, db: Database, *, is_draining: Callable[[], bool]) -> None:
        self._db = db
        self._is_draining = is_draining
        self._places = Admission(
            limit=MOST, max_waiting=0, wait_seconds=0, most_of_a_share=MOST_OF_ORGANISATION, of_http=False
        )
        self._waiters: set[_Waiter] = set()
        self._looking: asyncio.Task[None] | None = None

    async def beyond(self, after: int, *, org: str, seconds: float) -> None:
        """Return when the organisation has published beyond the position `after`, or after `seconds`.

        Raises Overloaded when its requests, or those of all, wait in too great a number. Returns at once when the
        process is being stopped.
        """
        await self._places.enter(Ask(org))
        waiter = _Waiter(org, after)
        self._waiters.add(waiter)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_until_none_waits(), name="changes")
        try:
            await asyncio.wait_for(waiter.woken.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self._waiters.discard(waiter)
            self._places.leave(Ask(org))

    async def _look_until_none_waits(self) -> None:
        while self._waiters:
            if self._is_draining():
                for waiter in self._waiters:
                    waiter.woken.set()
            try:
                await self._look()
            except DatabaseUnavailable as error:
                logger().warning("changes.database_unavailable", code=error.code)
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def _look(self) -> None:
        head, _ = await bounds(self._db)
        waiting = [waiter for waiter in self._waiters if waiter.after < head and not waiter.woken.is_set()]
        if not waiting:
            return
        orgs = sorted({waiter.org for waiter in waiting})
        found = await changed(self._db, orgs, after=min(waiter.after for waiter in waiting), head=head)
        for waiter in waiting:
            if waiter.org in found:
                waiter.woken.set()
            else:
                waiter.after = head
