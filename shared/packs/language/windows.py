"""How far back a look goes: so many days of the pack's zone, or the calendar period that an instant lies in."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from shared.kernel.periods import months_later, period_at
from shared.packs.language.durations import Duration

Period = Literal["month", "quarter", "year"]

_MONTHS: Final = {"month": 1, "year": 12}
_DAYS: Final = {"day": 1, "week": 7}


def window_start(within: Duration | None, period: Period | None, *, at: datetime, zone: ZoneInfo) -> datetime | None:
    """The first instant that is looked at from `at`; None when there is none, so that all times are."""
    if period is not None:
        return period_at(period, at, zone=zone).starts_at
    if within is None:
        return None
    today, amount, unit = at.astimezone(zone).date(), within.amount, within.unit
    try:
        first = months_later(today, -amount * _MONTHS[unit]) if unit in _MONTHS else _earlier(today, amount, unit)
        return datetime.combine(first, time.min, zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _earlier(today: date, amount: int, unit: str) -> date:
    return today - timedelta(days=amount * _DAYS[unit])
