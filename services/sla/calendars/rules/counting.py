"""Counting a duration on a calendar from an instant.

Hours and minutes are open time of the calendar from the instant; days, months and years end with the
closing of a day. On a continuous calendar that makes them elapsed time and days until 24:00.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal, assert_never

from services.sla.calendars.rules.calendar import Calendar, months_later
from services.sla.calendars.rules.instants import HOUR, MINUTE, instant, micros

Unit = Literal["minutes", "hours", "days", "months", "years"]
TimeUnit = Literal["minutes", "hours"]

SIZE: Final[dict[TimeUnit, int]] = {"minutes": MINUTE, "hours": HOUR}
_YEAR: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """`7 days`, `4 hours`."""

    amount: int
    unit: Unit
    counts_first_day: bool = False  # whether the day of the start, when it is open, is day one


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A stretch of time that does not count, begun by `event`; `until_at` is None until it has ended."""

    from_at: datetime
    until_at: datetime | None
    event: str = ""


def due_at(duration: Duration, *, calendar: Calendar, started_at: datetime, pauses: Sequence[Pause] = ()) -> datetime:
    """The due instant. Pauses that have not ended are left out: a standing clock is dated when it goes on.

    Raises CalendarUnconfirmed.
    """
    return instant(due(duration, calendar=calendar, start=micros(started_at), pauses=closed(pauses) if pauses else ()))


def closed(pauses: Sequence[Pause]) -> list[tuple[int, int]]:
    """The finished pauses in order, as microseconds, overlaps merged."""
    spans: list[tuple[int, int]] = []
    ended = sorted((micros(p.from_at), micros(p.until_at)) for p in pauses if p.until_at is not None)
    for start, end in ended:
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        elif start < end:
            spans.append((start, end))
    return spans


def due(duration: Duration, *, calendar: Calendar, start: int, pauses: Sequence[tuple[int, int]] = ()) -> int:
    """`due_at` in microseconds."""
    unit = duration.unit
    if unit == "days":
        if not pauses and not duration.counts_first_day:
            return calendar.end_of_day(start, duration.amount)
        return _end_of_counted_day(calendar, start=start, days=days_after(duration, calendar, start), pauses=pauses)
    if unit == "hours" or unit == "minutes":  # noqa: PLR1714 (the type checker narrows comparisons only)
        return _time_used_up(calendar, start=start, amount=duration.amount * SIZE[unit], pauses=pauses)
    if unit == "months":
        return _end_of_month_day(calendar, start=start, months=duration.amount)
    if unit == "years":
        return _end_of_month_day(calendar, start=start, months=duration.amount * _YEAR)
    assert_never(unit)


def days_after(duration: Duration, calendar: Calendar, start: int) -> int:
    """How many open days after the start day the due day is."""
    if not duration.counts_first_day or not calendar.intervals(calendar.date_of(start)):
        return duration.amount
    return max(duration.amount - 1, 0)


def _time_used_up(calendar: Calendar, *, start: int, amount: int, pauses: Sequence[tuple[int, int]]) -> int:
    for begins, ends in pauses:
        if ends <= start:
            continue
        used = calendar.between(start, begins) if begins > start else 0
        if used >= amount:
            break
        amount -= used
        start = ends
    return calendar.add(start, amount)


def _end_of_counted_day(calendar: Calendar, *, start: int, days: int, pauses: Sequence[tuple[int, int]]) -> int:
    """A day counts unless the clock stood still from its first opening to its last closing."""
    found = calendar.end_of_day(start, days)
    if not pauses or not days:
        return found
    first = calendar.date_of(start) + timedelta(days=1)
    wanted = days
    while True:
        lost = len(paused_days(calendar, first=first, last=calendar.date_of(found - 1), pauses=pauses))
        if days + lost == wanted:
            return found
        wanted = days + lost
        found = calendar.end_of_day(start, wanted)


def paused_days(calendar: Calendar, *, first: date, last: date, pauses: Sequence[tuple[int, int]]) -> set[date]:
    """The open days from `first` to `last` that lie wholly inside one pause."""
    lost: set[date] = set()
    for begins, ends in pauses:
        on = max(first, calendar.date_of(begins))
        while on <= min(last, calendar.date_of(ends)):
            intervals = calendar.intervals(on)
            if intervals and begins <= intervals[0].opens and intervals[-1].closes <= ends:
                lost.add(on)
            on += timedelta(days=1)
    return lost


def _end_of_month_day(calendar: Calendar, *, start: int, months: int) -> int:
    """The clamped day's last closing; when that day is closed, the next open day's."""
    on = months_later(calendar.date_of(start), months)
    while not calendar.intervals(on):
        on += timedelta(days=1)
    return calendar.end_of_date(on)
