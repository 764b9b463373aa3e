"""Instants as integer microseconds since 1970 inside the arithmetic, aware datetimes outside it."""

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

# The smallest step of time that the product tells apart: a clock breaches this long after its due instant,
# because what is done exactly at the due instant is met (ADR 0027 A70).
SMALLEST_STEP: Final = timedelta(milliseconds=1)


def micros(at: datetime) -> int:
    """Microseconds from the epoch to `at`."""
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def instant(value: int) -> datetime:
    """The aware UTC datetime `value` microseconds after the epoch."""
    return EPOCH + timedelta(microseconds=value)
