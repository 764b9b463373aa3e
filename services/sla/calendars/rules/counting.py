"""Counting a pack's duration on a calendar from an instant.

Hours and minutes are open time of the calendar from the instant; days, weeks, months and years end with the closing
of a day. On a continuous calendar that makes them elapsed time and days until 24:00.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from services.sla.calendars.rules.calendar import Calendar
from services.sla.calendars.rules.instants import HOUR, MINUTE, instant, micros
from shared.kernel.periods import months_later
from shared.packs.language.durations import Duration

TIME: Final = {"minute": MINUTE, "hour": HOUR, "working_hour": HOUR}
"""Microseconds of open time in one unit."""
DAYS: Final = {"day": 1, "working_day": 1, "week": 7}
"""Open days in one unit."""
MONTHS: Final = {"month": 1, "year": 12}
"""Months in one unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A stretch of time that does not count, begun by `event`; `until_at` is None until `ended_by` has ended it."""

    from_at: datetime
    until_at: datetime | None
    event: str = ""
    ended_by: str = ""


def due_at(
    duration: Duration,
    *,
    calendar: Calendar,
    started_at: datetime,
    pauses: Sequence[Pause] = (),
    counts_first_day: bool = False,
) -> datetime:
    """The due instant. A pause that has not ended is left out: a paused clock is dated when it goes on.

    Raises CalendarUnconfirmed.
    """
    spans = closed(pauses) if pauses else ()
    end = due(duration, calendar=calendar, start=micros(started_at), pauses=spans, counts_first_day=counts_first_day)
    return instant(end)


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


def due(
    duration: Duration,
    *,
    calendar: Calendar,
    start: int,
    pauses: Sequence[tuple[int, int]] = (),
    counts_first_day: bool = False,
) -> int:
    """`due_at` in microseconds."""
    unit, amount = duration.unit, duration.amount
    if unit in DAYS:
        days = amount * DAYS[unit]
        if not pauses and not counts_first_day:
            return calendar.end_of_day(start, days)
        if counts_first_day:
            days = days_after(days, calendar=calendar, start=start, pauses=pauses)
        return _end_of_counted_day(calendar, start=start, days=days, pauses=pauses)
    if unit in TIME:
        return _time_used_up(calendar, start=start, amount=amount * TIME[unit], pauses=pauses)
    return _end_of_month_day(calendar, start=start, months=amount * MONTHS[unit])


def days_after(days: int, *, calendar: Calendar, start: int, pauses: Sequence[tuple[int, int]]) -> int:
    """How many days that count lie after the start day until the last of `days`, when the start day may be the first.

    It is the first when it is open and does not lie wholly inside a pause.
    """
    on = calendar.date_of(start)
    counts = calendar.intervals(on) and not paused_days(calendar, first=on, last=on, pauses=pauses)
    return max(days - 1, 0) if counts else days


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
    """A day counts unless a pause covers it from its first opening to its last closing."""
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
