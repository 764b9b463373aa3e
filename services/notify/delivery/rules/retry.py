"""When to try again. Ten tries over 75 h 35 m (Standard Webhooks 1.0.0).

The jitter is a function of the message's id and the attempt: a time can be computed again, and messages that failed
at the same instant are tried again at different ones.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

DELAYS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
LARGEST_WAIT: Final = timedelta(hours=24)
JITTER: Final = 0.1


def jitter(message_id: str, *, attempt: int, delay: timedelta) -> timedelta:
    """Between nothing and a tenth of `delay`, always the same for this message and attempt."""
    digest = sha256(f"{message_id}:{attempt}".encode()).digest()
    return delay * (JITTER * int.from_bytes(digest[:4]) / 2**32)


def next_try(message_id: str, *, attempts: int, at: datetime, retry_after: timedelta | None = None) -> datetime | None:
    """When attempt `attempts` + 1 is due after attempt `attempts` failed at `at`; None when none is left.

    A provider's Retry-After is honoured up to a day.
    """
    if attempts > len(DELAYS):
        return None
    delay = DELAYS[attempts - 1]
    asked = min(retry_after or timedelta(), LARGEST_WAIT)
    return at + max(delay + jitter(message_id, attempt=attempts, delay=delay), asked)
