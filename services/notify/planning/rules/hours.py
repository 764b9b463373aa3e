"""When a message may be told: daily windows of wall time, open from their first instant to just before their last."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.packs.language.hours import Hours, minutes


def next_open(hours: Sequence[Hours], *, at: datetime, zone: ZoneInfo) -> datetime:
    """`at` when it lies in a window (or there are none), else the instant at which the next one opens.

    A window includes `opens` and excludes `closes`. With 09:00 to 12:00 and 15:00 to 18:00, 09:00:00 and 11:59:59 are
    at once, 12:00:00 waits until 15:00, and 18:00:00 until 09:00 of the next day.
    """
    if not hours:
        return at
    today = at.astimezone(zone).date()
    windows = (
        (_instant(day, window.opens, zone), _instant(day, window.closes, zone))
        for day in (today, today + timedelta(days=1))
        for window in sorted(hours, key=lambda window: window.opens)
    )
    return next(max(at, opens) for opens, closes in windows if at < closes)


def _instant(day: date, text: str, zone: ZoneInfo) -> datetime:
    midnight = datetime.combine(day, time(), tzinfo=zone)
    return (midnight + timedelta(minutes=minutes(text))).astimezone(UTC)
