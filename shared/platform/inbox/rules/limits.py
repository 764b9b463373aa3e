"""When a transaction of a consumer ends, and how many events one call of a handler takes.

A transaction ends after 500 events or a second of handling, whichever comes first: so a kill costs at most about a
second of work, and a consumer that is slow reports progress as often as a fast one.
"""

from typing import Final

MOST_EVENTS: Final = 500
LONGEST_SECONDS: Final = 1.0
LEAST_EVENTS: Final = 50
"""A call costs time that does not depend on how many events it takes (locks waited for, statements, a busy event loop);
below so many events a smaller call would only be slower for each."""


def is_over(seconds: float) -> bool:
    """Whether a transaction that has handled events for `seconds` takes no further call."""
    return seconds >= LONGEST_SECONDS


def most_after(most: int, *, seconds: float, events: int) -> int:
    """How many events a batch handler takes in its next call, after one of `events` that might have been `most`.

    Half as many after a call longer than a transaction should be, twice as many after a full one of less than half.
    """
    if seconds > LONGEST_SECONDS:
        return max(LEAST_EVENTS, min(most, events) // 2)
    if events >= most and seconds < LONGEST_SECONDS / 2:
        return min(MOST_EVENTS, most * 2)
    return most
