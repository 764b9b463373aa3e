"""When refused clients may come back: not all of them in one second.

Clients that were refused together obey `Retry-After` together (RFC 9110 §10.2.3 gives one number to each), so each gets
a number of its own: at least the seconds that are needed, at most three times as many, and never over 30 s more.
"""

import secrets
from collections.abc import Callable
from typing import Final

MOST_SECONDS_MORE: Final = 30


def spread(seconds: int, *, draw: Callable[[int], int] = secrets.randbelow) -> int:
    """The seconds that one client is told; `draw(n)` gives each number from 0 to n - 1 equally often."""
    return seconds + draw(min(2 * seconds, MOST_SECONDS_MORE) + 1)
