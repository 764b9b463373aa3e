"""Instants and days as they may come in: aware, and between the years 1900 and 2200.

Near the ends of Python's calendar a change of zone or a span added overflows; whatever is let in here can be counted
from and shown in any zone.
"""

from datetime import UTC, date, datetime
from typing import Final

EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


class InstantOutOfRange(ValueError):
    """No instant or day that anybody means."""


def usual_instant(instant: datetime) -> datetime:
    """`instant` itself; InstantOutOfRange when it is naive or beyond the years 1900 to 2199."""
    if instant.tzinfo is None or not EARLIEST <= instant < LATEST:
        raise InstantOutOfRange
    return instant


def usual_day(day: date) -> date:
    """`day` itself; InstantOutOfRange when it is beyond the years 1900 to 2199."""
    if not EARLIEST.date() <= day < LATEST.date():
        raise InstantOutOfRange
    return day


def parse_instant(text: str) -> datetime:
    """The instant that ISO 8601 text says; ValueError when it says none that is usual."""
    return usual_instant(datetime.fromisoformat(text))
