"""Waiting for something to become true: the only place of the embedded runtime that sleeps."""

import time
from collections.abc import Callable


def wait_until(
    check: Callable[[], bool],
    *,
    timeout: float,
    give_up: Callable[[], bool] = lambda: False,
    every: float = 0.05,
) -> bool:
    """Poll `check` until it is true; false when the time is over or `give_up` says that waiting is pointless."""
    end = time.monotonic() + timeout
    while True:
        if check():
            return True
        if give_up() or time.monotonic() >= end:
            return False
        time.sleep(every)  # noqa: TID251
