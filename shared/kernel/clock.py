"""The source of the present instant at an edge; below the edge `now` is an argument.

`REDRESS_CLOCK_OFFSET_SECONDS` moves the clock of a process, forwards or (negative) backwards, as that of a machine
whose time service has failed. Only test and demo mode read it. Times of PostgreSQL and of tokens are not moved.
"""

import os
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

OFFSET_VARIABLE: Final = "REDRESS_CLOCK_OFFSET_SECONDS"
_OBEYING_MODES: Final = frozenset({"test", "demo"})


def _offset() -> timedelta:
    if os.environ.get("REDRESS_MODE") not in _OBEYING_MODES:
        return timedelta()
    return timedelta(seconds=float(os.environ.get(OFFSET_VARIABLE, "0")))


_OFFSET: Final = _offset()


class Clock(Protocol):
    """A source of the present instant."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The clock of this computer."""

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC) + _OFFSET  # noqa: TID251 - here it comes from
