"""Supervised loops and their pauses: short after work, longer when idle, ended early by a wake-up."""

import asyncio
import math
import random  # noqa: TID251 - jitter only
import time
from collections.abc import Awaitable, Callable
from typing import Final

from shared.kernel.errors import ServiceError
from shared.platform.observability.logging import logger
from shared.platform.progress import Progress

SHORTEST_PAUSE_SECONDS: Final = 0.005
RESTS_FOR: Final = 4
"""Work that gathers is followed by a rest of four times the time that it took: it has a fifth of the time, however
loaded the machine is, and what costs much the same for one thing as for many is done for more at a time."""
LONGEST_GATHER_SECONDS: Final = 0.25
RESTART_FIRST_SECONDS: Final = 0.2
RESTART_LONGEST_SECONDS: Final = 5.0


class Pace:
    """How long a polling loop rests: 5 ms after work, then a quarter of `idle_seconds`, doubled up to it; woken, less.

    A loop that idles for more than a second does so from the start. With `gathers` it rests longer after work, so
    that work gathers: for rounds that cost much the same for one thing as for many.
    """

    def __init__(self, *, stop: asyncio.Event, idle_seconds: float, gathers: bool = False) -> None:
        self._stop = stop
        self._idle = idle_seconds
        self._gathers = gathers
        self._began = time.monotonic()
        self._first = idle_seconds if idle_seconds > 1 else idle_seconds / 8
        self._pause = self._first
        self._wake = asyncio.Event()
        self.is_resting = False
        """Whether the loop waits for work."""

    def wake(self) -> None:
        """End the pause: there may be work."""
        self._wake.set()

    async def rest(self, *, did_work: bool, within: float = math.inf) -> bool:
        """Wait for the next round or `within` seconds, for a wake-up, or for the stop; whether it was a wake-up."""
        woken = self._wake.is_set()
        self._pause = self._first if did_work else min(self._idle, self._pause * 2)
        if did_work or self._wake.is_set():
            self._wake.clear()
            await asyncio.sleep(self._after_work() if did_work else SHORTEST_PAUSE_SECONDS)
        else:
            self.is_resting = True
            await self._wait(min(self._pause, within))
            self.is_resting = False
            woken = self._wake.is_set()
            self._wake.clear()
        self._began = time.monotonic()
        return woken

    def _after_work(self) -> float:
        return gathering(time.monotonic() - self._began) if self._gathers else SHORTEST_PAUSE_SECONDS

    async def _wait(self, seconds: float) -> None:
        waiters = {asyncio.ensure_future(self._wake.wait()), asyncio.ensure_future(self._stop.wait())}
        await asyncio.wait(waiters, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for waiter in waiters:
            waiter.cancel()


def gathering(took: float, *, longest: float = LONGEST_GATHER_SECONDS) -> float:
    """How many seconds, at most `longest`, to let work gather after work that took `took` seconds."""
    return min(longest, RESTS_FOR * took)


async def supervised(
    name: str,
    body: Callable[[], Awaitable[None]],
    *,
    stop: asyncio.Event,
    progress: Progress,
) -> None:
    """Run `body` until it returns; restart it with back-off when it raises."""
    pause = RESTART_FIRST_SECONDS
    while not stop.is_set():
        began = asyncio.get_running_loop().time()
        try:
            await body()
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and was_cancelled():
                raise
            place = None if isinstance(error, ServiceError) else error
            logger().warning(
                "loop.restarted", loop=name, error_type=type(error).__name__, error=str(error), exc_info=place
            )
        else:
            break
        if asyncio.get_running_loop().time() - began > RESTART_LONGEST_SECONDS:
            pause = RESTART_FIRST_SECONDS
        await stopped_within(stop, jittered(pause))
        pause = min(RESTART_LONGEST_SECONDS, pause * 2)
    progress.forget(name)


def was_cancelled() -> bool:
    """Whether the running task was cancelled itself; a library's cancelled future does not count."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def stopped_within(stop: asyncio.Event, seconds: float) -> bool:
    """Sleep, but wake at once when `stop` is set; whether it is."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return stop.is_set()
    return True


def jittered(seconds: float) -> float:
    """A random part of `seconds`, half to all, so that simultaneous failures are not retried simultaneously."""
    return seconds * random.uniform(0.5, 1.0)  # noqa: S311
