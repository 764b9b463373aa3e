"""When a parked key is tried again."""

from datetime import timedelta
from typing import Final

from shared.platform.inbox.rules.causes import CauseNotHere

SET_ASIDE: Final = "producer_stopped"
"""The code of a key whose event was not tried, because too many of its producer's in a row could not be handled."""
RETRY_FIRST: Final = timedelta(seconds=3)
RETRY_LONGEST: Final = timedelta(minutes=10)
RETRY_CAUSE_LONGEST: Final = timedelta(seconds=30)
"""Behind a long backlog thousands of keys wait for their causes, and each attempt costs a transaction."""
SET_ASIDE_FIRST: Final = timedelta(seconds=30)
SET_ASIDE_ATTEMPTS: Final = 6


def pause_after(error: BaseException, *, code: str, attempts: int, is_transient: bool) -> timedelta | None:
    """How long until the next attempt at a key with `code` that has failed `attempts` times before; None for never."""
    doubled: int = 2 ** min(attempts, 10)
    if isinstance(error, CauseNotHere):
        return min(RETRY_CAUSE_LONGEST, RETRY_FIRST * doubled)
    if is_transient:
        return min(RETRY_LONGEST, RETRY_FIRST * doubled)
    if code == SET_ASIDE and attempts + 1 < SET_ASIDE_ATTEMPTS:
        return min(RETRY_LONGEST, SET_ASIDE_FIRST * doubled)
    return None
