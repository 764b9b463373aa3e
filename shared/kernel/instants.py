"""Instants and days that input may contain: aware, and from 1900 to 2199.

Near the ends of Python's calendar a change of zone or an added duration overflows; within these years neither does.
"""

from datetime import UTC, date, datetime
from typing import Final

EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


class InstantOutOfRange(ValueError):
    """A naive instant, or an instant or day outside 1900 to 2199."""


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
    """The instant of an ISO 8601 text; ValueError when it is none or outside 1900 to 2199."""
    return usual_instant(datetime.fromisoformat(text))


def instant_text(instant: datetime) -> str:
    """RFC 3339 in UTC: `2026-03-05T02:00:00Z`."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
