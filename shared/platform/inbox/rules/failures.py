"""What follows a failed attempt: another one after a pause, or the key is parked."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

MOST_HELD: Final = 2000
"""Records in a consumer's hand beyond which what fails is parked at once, so that memory is bounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and for how long a failing event is tried before its key is parked."""

    attempts: int = 3
    first_pause_seconds: float = 0.05
    longest_pause_seconds: float = 1.0
    unavailable_seconds: float = 5.0
    retry_parked_after: timedelta = timedelta(seconds=3)
    poison_in_a_row: int = 20
    retry_set_aside_after: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The failed attempts of the first event of a key; `attempts` with the newest one.

    `is_transient`: a later attempt may succeed without anything being mended. `is_final`: none will.
    """

    attempts: int
    seconds: float
    is_transient: bool
    is_final: bool
    held: int


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Try again after a pause of up to `ceiling_seconds`; the other keys go on meanwhile."""

    ceiling_seconds: float


@dataclass(frozen=True, slots=True)
class Park:
    """Park the key; `retry_in` None means that it is poison and a dead letter is written."""

    retry_in: timedelta | None


def after_failure(failure: Failure, policy: RetryPolicy) -> TryAgain | Park:
    """What follows the newest failed attempt."""
    again = (
        failure.seconds < policy.unavailable_seconds
        if failure.is_transient
        else not failure.is_final and failure.attempts < policy.attempts
    )
    if again and failure.held <= MOST_HELD:
        return TryAgain(min(policy.longest_pause_seconds, policy.first_pause_seconds * 2**failure.attempts))
    return Park(policy.retry_parked_after if failure.is_transient else None)
