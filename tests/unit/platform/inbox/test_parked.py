"""When a parked key is tried again."""

from datetime import timedelta

import pytest

from shared.platform.inbox.rules.causes import CauseNotHere
from shared.platform.inbox.rules.parked import SET_ASIDE, pause_after


@pytest.mark.parametrize(
    ("error", "code", "attempts", "is_transient", "seconds"),
    [
        (CauseNotHere(), "cause_not_here", 0, True, 3),
        (CauseNotHere(), "cause_not_here", 2, True, 12),
        (CauseNotHere(), "cause_not_here", 4, True, 30),
        (OSError(), "away", 0, True, 3),
        (OSError(), "away", 4, True, 48),
        (OSError(), "away", 20, True, 600),
        (ValueError(), SET_ASIDE, 0, False, 30),
        (ValueError(), SET_ASIDE, 4, False, 480),
        (ValueError(), SET_ASIDE, 5, False, None),
        (ValueError(), "ValueError", 0, False, None),
    ],
)
def test_pauses_grow_up_to_a_bound(
    error: Exception, code: str, attempts: int, *, is_transient: bool, seconds: int | None
) -> None:
    pause = pause_after(error, code=code, attempts=attempts, is_transient=is_transient)
    assert pause == (None if seconds is None else timedelta(seconds=seconds))
