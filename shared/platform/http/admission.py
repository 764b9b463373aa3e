"""Places: a bounded number of requests is handled at once, shared out over those who ask.

A share is an organisation, or for requests without a valid token the address of the peer. When places are short, the
share with the fewest places is next, and no share holds more than three quarters of them. Writes hold at most three
quarters of what they could, so that reads go on beside a storm of writes. A request that works as long as several
others takes as many places. When too many wait, the longest queue loses a request, so that one share cannot fill the
queue for the others.

Where a client may have given up, the oldest of a queue goes first until it has waited half a second; from then on its
newest does, and a full queue loses its oldest: to serve those first that have waited long would make all others wait
as long (adaptive LIFO: B. Maurer, "Fail at Scale", ACM Queue 13(8), 2015). Elsewhere the oldest always goes first.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from starlette.requests import Request

from shared.kernel.errors import Unavailable
from shared.kernel.text import Text
from shared.platform.observability import metrics

WAIT_SECONDS: Final = 2.0
NEWEST_FIRST_AFTER_SECONDS: Final = 0.5
PLACE: Final = "redress.place"


class Ask(NamedTuple):
    """What a request asks for: `places` for its `share`, to read or to write."""

    share: str
    places: int = 1
    reads: bool = False


class _Turn(NamedTuple):
    """A request that waits, since when by the loop's clock."""

    ask: Ask
    admitted: asyncio.Future[None]
    since: float


_Queue = tuple[str, bool]
"""A share, and whether its requests read."""


class Overloaded(Unavailable):
    """No database connection became free within two seconds, or too many requests wait. 503."""

    code = "overloaded"
    title = Text(en="Service overloaded", zh="系统繁忙，请稍后重试")


class Admission:
    """Admits requests for `limit` places; at most `max_waiting` wait, each at most `wait_seconds`.

    `most_of_a_share` replaces the three quarters. `of_http`: the requests of the API, which have metrics and of which
    writes leave places to reads; without it all are alike. `newest_first_after` is in seconds; None for never.
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
        self._most_of_a_share = most_of_a_share or _three_quarters(limit)
        self._most_writes = _three_quarters(limit) if of_http else limit
        self._most_writes_of_a_share = _three_quarters(self._most_of_a_share) if of_http else self._most_of_a_share
        self._of_http = of_http
        self._max_waiting = max_waiting
        self._wait_seconds = wait_seconds
        self._newest_first_after = newest_first_after
        self._writes = 0
        self._in_hand: Counter[str] = Counter()
        self._writes_in_hand: Counter[str] = Counter()
        self._queues: dict[_Queue, deque[_Turn]] = {}

    async def enter(self, ask: Ask) -> None:
        """Return once admitted; raises Overloaded when the queue is full or the wait too long."""
        ask = self._bounded(ask)
        if (ask.share, ask.reads) not in self._queues and self._fits(ask) and self._next() is None:
            self._take(ask, 1)
        else:
            await self._wait(ask)

    def leave(self, ask: Ask) -> None:
        """Give the places to the next requests."""
        self._take(self._bounded(ask), -1)
        self._admit_next()

    def _bounded(self, ask: Ask) -> Ask:
        """No request asks for more than could ever be free."""
        most = self._most_of_a_share if ask.reads else min(self._most_writes, self._most_writes_of_a_share)
        return ask._replace(places=min(ask.places, most))

    def _fits(self, ask: Ask) -> bool:
        return ask.places <= self._free and self._may_have(ask)

    def _may_have(self, ask: Ask) -> bool:
        if self._in_hand[ask.share] + ask.places > self._most_of_a_share:
            return False
        return ask.reads or (
            self._writes + ask.places <= self._most_writes
            and self._writes_in_hand[ask.share] + ask.places <= self._most_writes_of_a_share
        )

    def _take(self, ask: Ask, sign: int) -> None:
        self._measure(in_flight=sign)
        places = sign * ask.places
        self._free -= places
        _count(self._in_hand, ask.share, places)
        if not ask.reads:
            self._writes += places
            _count(self._writes_in_hand, ask.share, places)

    def _next(self) -> _Queue | None:
        """The queue whose turn it is; its request may have to wait for more places to become free."""
        waiting = (queue for queue, turns in self._queues.items() if self._may_have(self._first(turns).ask))
        return min(waiting, key=lambda queue: self._in_hand[queue[0]], default=None)

    def _first(self, turns: deque[_Turn]) -> _Turn:
        return turns[-1] if self._is_late(turns[0]) else turns[0]

    def _admit_next(self) -> None:
        while (queue := self._next()) is not None:
            turns = self._queues[queue]
            turn = self._first(turns)
            if turn.ask.places > self._free:
                return
            turns.remove(turn)
            del self._queues[queue]
            if turns:
                self._queues[queue] = turns  # behind the other queues
            if not turn.admitted.done():
                self._take(turn.ask, 1)
                turn.admitted.set_result(None)

    def _is_late(self, turn: _Turn) -> bool:
        after = self._newest_first_after
        return after is not None and asyncio.get_running_loop().time() - turn.since >= after

    async def _wait(self, ask: Ask) -> None:
        queue = (ask.share, ask.reads)
        self._make_room(queue)
        loop = asyncio.get_running_loop()
        turn = _Turn(ask, loop.create_future(), loop.time())
        self._queues.setdefault(queue, deque()).append(turn)
        self._measure(waiting=1)
        timer = loop.call_later(self._wait_seconds, _refuse, turn.admitted, "waited")
        try:
            await turn.admitted
        except asyncio.CancelledError:
            if turn.admitted.done() and not turn.admitted.cancelled() and turn.admitted.exception() is None:
                self.leave(ask)
            raise
        finally:
            timer.cancel()
            self._measure(waiting=-1)
            self._forget(queue, turn)
            self._admit_next()

    def _make_room(self, queue: _Queue) -> None:
        if sum(map(len, self._queues.values())) < self._max_waiting:
            return
        longest = max(self._queues, key=lambda name: len(self._queues[name]), default=queue)
        if len(self._queues.get(longest, ())) <= len(self._queues.get(queue, ())) + 1:
            metrics.HTTP_REFUSED.labels(reason="queue_full").inc()
            raise Overloaded
        shed = self._queues[longest][-1 if self._newest_first_after is None else 0]
        _refuse(shed.admitted, "shed")
        self._forget(longest, shed)

    def _measure(self, *, in_flight: int = 0, waiting: int = 0) -> None:
        if self._of_http:
            metrics.HTTP_IN_FLIGHT.inc(in_flight)
            metrics.HTTP_WAITING.inc(waiting)

    def _forget(self, queue: _Queue, turn: _Turn) -> None:
        turns = self._queues.get(queue)
        if turns is not None and turn in turns:
            turns.remove(turn)
            if not turns:
                del self._queues[queue]


def _three_quarters(places: int) -> int:
    return places - places // 4


def _count(counts: Counter[str], share: str, places: int) -> None:
    counts[share] += places
    if not counts[share]:
        del counts[share]


def _refuse(turn: asyncio.Future[None], reason: str) -> None:
    if not turn.done():
        metrics.HTTP_REFUSED.labels(reason=reason).inc()
        turn.set_exception(Overloaded())


class Place:
    """A request's places. They are given up while the body, or another service's event, is awaited, and taken again.

    It stands in the request's scope under `PLACE`.
    """

    __slots__ = ("_admission", "_ask", "_held")

    def __init__(self, admission: Admission, share: str, *, reads: bool = False) -> None:
        self._admission = admission
        self._held = False
        self._ask = Ask(share, reads=reads)

    @property
    def share(self) -> str:
        """The organisation, or the peer, whose places they are."""
        return self._ask.share

    async def take(self) -> None:
        """Return once the request has its places; raises Overloaded."""
        if not self._held:
            await self._admission.enter(self._ask)
            self._held = True

    async def take_in_all(self, places: int) -> None:
        """Return once the request has `places`, from now on; raises Overloaded."""
        self.leave()
        self._ask = self._ask._replace(places=places)
        await self.take()

    def leave(self) -> None:
        """Give the places up, when they are held."""
        if self._held:
            self._held = False
            self._admission.leave(self._ask)

    @asynccontextmanager
    async def given_up(self) -> AsyncIterator[None]:
        """Without the places inside the block; a block that raises does not get them again."""
        self.leave()
        yield
        await self.take()


class Works:
    """A dependency of routes that work as long as `places` ordinary requests: `Depends(Works(4))`.

    With `when`, only those do that have this query parameter.
    """

    def __init__(self, places: int, *, when: str | None = None) -> None:
        self._places = places
        self._when = when

    async def __call__(self, request: Request) -> None:
        """Return once the request has so many places; raises Overloaded."""
        place: Place | None = request.scope.get(PLACE)
        if place is not None and (self._when is None or self._when in request.query_params):
            await place.take_in_all(self._places)
