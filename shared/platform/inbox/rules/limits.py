"""When a transaction of a consumer ends, and how many events one call of a handler takes.

A transaction ends after 500 events or a second of handling, whichever comes first: so a kill costs at most about a
second of work, and a consumer that is slow reports progress as often as a fast one.
"""

from typing import Final

MOST_EVENTS: Final = 500
LONGEST_SECONDS: Final = 1.0
LONGEST_CALL_SECONDS: Final = 0.5
_WEIGHT_OF_NEWEST: Final = 0.3


def is_over(seconds: float) -> bool:
    """Whether a transaction that has handled events for `seconds` takes no further call."""
    return seconds >= LONGEST_SECONDS


def most_in_a_call(seconds_per_event: float) -> int:
    """How many events a batch handler takes in one call, by what one of its events took lately; 0 for unknown."""
    if seconds_per_event * MOST_EVENTS <= LONGEST_CALL_SECONDS:
        return MOST_EVENTS
    return max(1, int(LONGEST_CALL_SECONDS / seconds_per_event))


def pace(before: float, *, seconds: float, events: int) -> float:
    """Seconds per event, the newest call counting for three tenths."""
    newest = seconds / events
    return newest if before == 0 else before + _WEIGHT_OF_NEWEST * (newest - before)
