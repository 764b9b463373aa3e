"""Days, weeks, months, quarters and years from local midnight to local midnight, and their labels."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, assert_never
from zoneinfo import ZoneInfo

Every = Literal["day", "week", "month", "quarter", "year"]

EXAMPLES: Final[dict[Every, str]] = {
    "day": "2026-03-02",
    "week": "2026-W10",
    "month": "2026-03",
    "quarter": "2026-Q1",
    "year": "2026",
}
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_LABEL: Final = re.compile(
    r"(?P<year>[0-9]{4})(-(W(?P<week>[0-9]{2})|Q(?P<quarter>[1-4])|(?P<month>[0-9]{2})(-(?P<day>[0-9]{2}))?))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `starts_at` until just before `ends_at`; weeks are those of ISO 8601."""

    every: Every
    label: str
    starts_at: datetime
    ends_at: datetime


def period_at(every: Every, at: datetime, *, zone: ZoneInfo) -> Period:
    """The period that `at` lies in."""
    return _period(every, _first_day(every, at.astimezone(zone).date()), zone)


def period_named(label: str, *, zone: ZoneInfo) -> Period | None:
    """The period of a label (`2026-03`, `2026-W10`); None for text that names none."""
    found = _LABEL.fullmatch(label)
    if found is None:
        return None
    every: Every = next((kind for kind in ("week", "day", "month", "quarter") if found[kind]), "year")
    try:
        return _period(every, _named_day(found), zone)
    except (ValueError, OverflowError):
        return None


def _named_day(found: re.Match[str]) -> date:
    year = int(found["year"])
    if found["week"]:
        return date.fromisocalendar(year, int(found["week"]), 1)
    month = found["month"] or int(found["quarter"] or 1) * 3 - 2
    return date(year, int(month), int(found["day"] or 1))


def _period(every: Every, first: date, zone: ZoneInfo) -> Period:
    after = _next_first_day(every, first)
    return Period(
        every=every, label=_label(every, first), starts_at=_midnight(first, zone), ends_at=_midnight(after, zone)
    )


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time.min, zone).astimezone(UTC)


def _first_day(every: Every, on: date) -> date:
    match every:
        case "day":
            return on
        case "week":
            return on - timedelta(days=on.weekday())
        case "month" | "quarter" | "year":
            months = _MONTHS[every]
            return date(on.year, (on.month - 1) // months * months + 1, 1)
        case _:
            assert_never(every)


def _next_first_day(every: Every, first: date) -> date:
    match every:
        case "day" | "week":
            return first + timedelta(days=1 if every == "day" else 7)
        case "month" | "quarter" | "year":
            return months_later(first, _MONTHS[every])
        case _:
            assert_never(every)


def _label(every: Every, first: date) -> str:
    match every:
        case "day":
            return first.isoformat()
        case "week":
            year, week, _ = first.isocalendar()
            return f"{year:04d}-W{week:02d}"
        case "month":
            return f"{first.year:04d}-{first.month:02d}"
        case "quarter":
            return f"{first.year:04d}-Q{(first.month + 2) // 3}"
        case "year":
            return f"{first.year:04d}"
        case _:
            assert_never(every)


def months_later(on: date, months: int) -> date:
    """The same day of a later month, clamped to that month's last day (ADR 0027 A78)."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))
