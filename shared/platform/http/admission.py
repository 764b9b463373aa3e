"""Places: as many requests are handled at once as there are database connections, shared out over those who ask.

A share is an organisation, or for requests without a valid token the address of the peer. When places are short, the
share with the fewest requests in hand is next, and no share holds more than three quarters of the places. When too
many wait, the longest queue loses a request, so that one share cannot fill the queue for the others.

Where a client may have given up, the oldest of a share goes first until it has waited half a second; from then on its
newest does, and a full queue loses its oldest: to serve those first that have waited long would make all others wait
as long (adaptive LIFO: B. Maurer, "Fail at Scale", ACM Queue 13(8), 2015). Elsewhere the oldest always goes first.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from shared.kernel.errors import Unavailable
from shared.kernel.text import Text
from shared.platform.observability import metrics

WAIT_SECONDS: Final = 2.0
NEWEST_FIRST_AFTER_SECONDS: Final = 0.5
PLACE: Final = "redress.place"


class _Turn(NamedTuple):
    """A request that waits, since when by the loop's clock."""

    admitted: asyncio.Future[None]
    since: float


_Turns = deque[_Turn]


class Overloaded(Unavailable):
    """No database connection became free within two seconds, or too many requests wait. 503."""

    code = "overloaded"
    title = Text(en="Service overloaded", zh="系统繁忙，请稍后重试")


class Admission:
    """Admits `limit` requests; at most `max_waiting` wait, each at most `wait_seconds`.

    `most_of_a_share` replaces the three quarters; `of_http` is False for another kind of work, which has no metrics.
    `newest_first_after` is in seconds; None for never.
    """

    def __init__(
        self,
        *,
        limit: int,
        max_waiting: int,
        wait_seconds: float = WAIT_SECONDS,
        most_of_a_share: int | None = None,
        of_http: bool = True,
        newest_first_after: float | None = None,
    ) -> None:
        self._free = limit
        self._most_of_a_share = most_of_a_share or limit - limit // 4
        self._of_http = of_http
        self._max_waiting = max_waiting
        self._wait_seconds = wait_seconds
        self._newest_first_after = newest_first_after
        self._in_hand: dict[str, int] = {}
        self._queues: dict[str, _Turns] = {}

    async def enter(self, share: str) -> None:
        """Return once admitted; raises Overloaded when the queue is full or the wait too long."""
        if self._free and share not in self._queues and self._may_have_another(share):
            self._admit(share)
        else:
            await self._wait(share)

    def leave(self, share: str) -> None:
        """Give the place to the next request."""
        self._measure(in_flight=-1)
        self._free += 1
        self._in_hand[share] -= 1
        if not self._in_hand[share]:
            del self._in_hand[share]
        self._admit_next()

    def _may_have_another(self, share: str) -> bool:
        return self._in_hand.get(share, 0) < self._most_of_a_share

    def _admit(self, share: str) -> None:
        self._measure(in_flight=1)
        self._free -= 1
        self._in_hand[share] = self._in_hand.get(share, 0) + 1

    def _admit_next(self) -> None:
        while self._free:
            waiting = [share for share in self._queues if self._may_have_another(share)]
            if not waiting:
                return
            share = min(waiting, key=lambda share: self._in_hand.get(share, 0))
            queue = self._queues.pop(share)
            turn = queue.pop() if self._is_late(queue[0]) else queue.popleft()
            if queue:
                self._queues[share] = queue  # behind the other shares
            if not turn.admitted.done():
                self._admit(share)
                turn.admitted.set_result(None)

    def _is_late(self, turn: _Turn) -> bool:
        after = self._newest_first_after
        return after is not None and asyncio.get_running_loop().time() - turn.since >= after

    async def _wait(self, share: str) -> None:
        self._make_room(share)
        loop = asyncio.get_running_loop()
        turn = _Turn(loop.create_future(), loop.time())
        self._queues.setdefault(share, deque()).append(turn)
        self._measure(waiting=1)
        timer = loop.call_later(self._wait_seconds, _refuse, turn.admitted)
        try:
            await turn.admitted
        except asyncio.CancelledError:
            if turn.admitted.done() and not turn.admitted.cancelled() and turn.admitted.exception() is None:
                self.leave(share)
            raise
        finally:
            timer.cancel()
            self._measure(waiting=-1)
            self._forget(share, turn)

    def _make_room(self, share: str) -> None:
        if sum(map(len, self._queues.values())) < self._max_waiting:
            return
        longest = max(self._queues, key=lambda name: len(self._queues[name]), default=share)
        if len(self._queues.get(longest, ())) <= len(self._queues.get(share, ())) + 1:
            metrics.HTTP_REFUSED.inc()
            raise Overloaded
        shed = self._queues[longest][-1 if self._newest_first_after is None else 0]
        _refuse(shed.admitted)
        self._forget(longest, shed)

    def _measure(self, *, in_flight: int = 0, waiting: int = 0) -> None:
        if self._of_http:
            metrics.HTTP_IN_FLIGHT.inc(in_flight)
            metrics.HTTP_WAITING.inc(waiting)

    def _forget(self, share: str, turn: _Turn) -> None:
        queue = self._queues.get(share)
        if queue is not None and turn in queue:
            queue.remove(turn)
            if not queue:
                del self._queues[share]


def _refuse(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        metrics.HTTP_REFUSED.inc()
        turn.set_exception(Overloaded())


class Place:
    """A request's place. It is given up while the body, or another service's event, is awaited, and then taken again.

    It stands in the request's scope under `PLACE`.
    """

    __slots__ = ("_admission", "_held", "share")

    def __init__(self, admission: Admission, share: str) -> None:
        self._admission = admission
        self._held = False
        self.share = share

    async def take(self) -> None:
        """Return once the request has its place; raises Overloaded."""
        if not self._held:
            await self._admission.enter(self.share)
            self._held = True

    def leave(self) -> None:
        """Give the place up, when it is held."""
        if self._held:
            self._held = False
            self._admission.leave(self.share)

    @asynccontextmanager
    async def given_up(self) -> AsyncIterator[None]:
        """Without the place inside the block; a block that raises does not get it again."""
        self.leave()
        yield
        await self.take()
