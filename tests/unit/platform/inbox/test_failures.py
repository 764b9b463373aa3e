"""What follows a failed attempt, and when a transaction of a consumer ends."""

from datetime import timedelta

import pytest

from shared.platform.inbox.rules.failures import MOST_HELD, Failure, Park, RetryPolicy, TryAgain, after_failure
from shared.platform.inbox.rules.limits import is_over, most_after

POLICY = RetryPolicy(attempts=3, first_pause_seconds=0.1, longest_pause_seconds=0.3, unavailable_seconds=5)
DEAD = Park(None)
WAITS = Park(timedelta(seconds=3))


@pytest.mark.parametrize(
    ("attempts", "seconds", "kind", "held", "follows"),
    [
        (1, 0, "poison", 1, TryAgain(0.2)),
        (2, 9, "poison", 1, TryAgain(0.3)),
        (3, 0, "poison", 1, DEAD),
        (1, 0, "final", 1, DEAD),
        (1, 0, "transient", 1, TryAgain(0.2)),
        (50, 4.99, "transient", 1, TryAgain(0.3)),
        (2, 5, "transient", 1, WAITS),
        (1, 0, "poison", MOST_HELD, TryAgain(0.2)),
        (1, 0, "poison", MOST_HELD + 1, DEAD),
        (1, 0, "transient", MOST_HELD + 1, WAITS),
    ],
)
def test_after_a_failure(attempts: int, seconds: float, kind: str, held: int, follows: TryAgain | Park) -> None:
    failure = Failure(
        attempts=attempts, seconds=seconds, is_transient=kind == "transient", is_final=kind == "final", held=held
    )
    assert after_failure(failure, POLICY) == follows


def test_a_transaction_takes_no_call_after_a_second() -> None:
    assert [is_over(seconds) for seconds in (0, 0.999, 1.0, 3)] == [False, False, True, True]


@pytest.mark.parametrize(
    ("most", "seconds", "events", "then"),
    [
        (500, 0.4, 500, 500),
        (500, 0.9, 500, 500),
        (500, 1.1, 500, 250),
        (500, 1.1, 120, 60),
        (250, 1.1, 90, 50),
        (50, 9.0, 50, 50),
        (50, 0.4, 50, 100),
        (50, 0.6, 50, 50),
        (50, 0.01, 49, 50),
        (300, 0.1, 300, 500),
    ],
)
def test_the_next_call_is_half_of_a_long_one_and_twice_a_short_full_one(
    most: int, seconds: float, events: int, then: int
) -> None:
    assert most_after(most, seconds=seconds, events=events) == then
