"""From a goal to a target: the due instant, and when to warn before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from services.sla.calendars.rules.calendar import Calendar
from services.sla.calendars.rules.counting import Pause, closed, due
from services.sla.calendars.rules.instants import HOUR, instant, micros
from services.sla.clocks.rules.stated import Stated, stated_due
from shared.packs.language.durations import Duration
from shared.packs.sla.model.clocks import Warn

_PERCENT: Final = 100
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A goal as it applies to one clock, with its calendars prepared.

    `length` counts on `calendar`; `opening_hours` is the calendar that the pack names, which differs from
    `calendar` when the goal is a duration in clock time or calendar days.
    """

    goal: str
    cite: str
    length: Duration | Stated
    calendar: Calendar
    opening_hours: Calendar
    counts_first_day: bool = False
    roll_to: Calendar | None = None
    snap_to: Calendar | None = None

    @property
    def stated(self) -> str | None:
        """The instant or date that the case states, as text; None for a duration."""
        return self.length.text if isinstance(self.length, Stated) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A dated goal."""

    goal: str
    cite: str
    due_at: datetime
    warn_at: tuple[datetime, ...]
    stated: str | None = None


def plan(terms: Terms, *, started_at: datetime, pauses: Sequence[Pause], warn: Sequence[Warn]) -> Plan:
    """The due instant of `terms` and its warnings. Raises CalendarUnconfirmed."""
    start = micros(started_at)
    if isinstance(terms.length, Stated):
        end = stated_due(terms.length, calendar=terms.calendar)
    else:
        end = due(
            terms.length,
            calendar=terms.calendar,
            start=start,
            pauses=closed(pauses),
            counts_first_day=terms.counts_first_day,
        )
    end = moved(end, terms)
    return Plan(
        goal=terms.goal,
        cite=terms.cite,
        due_at=instant(end),
        warn_at=warnings(terms, started_at=started_at, due_at=instant(end), warn=warn),
        stated=terms.stated,
    )


def usable(terms: Terms, *, started_at: datetime) -> bool:
    """Whether the goal can be a clock's target: what the case states is not before the clock's start."""
    if not isinstance(terms.length, Stated):
        return True
    return stated_due(terms.length, calendar=terms.calendar) >= micros(started_at)


def moved(end: int, terms: Terms) -> int:
    """The due instant after what the goal says about days off and closed hours."""
    if terms.roll_to is not None:
        return rolled(end, calendar=terms.calendar, onto=terms.roll_to)
    if terms.snap_to is not None and snaps(terms):
        return terms.snap_to.roll(end)
    return end


def snaps(terms: Terms) -> bool:
    """Whether `snap_to` is about this goal: a stated date is a whole day, no instant that must be open."""
    return not isinstance(terms.length, Stated) or isinstance(terms.length.at, datetime)


def rolled(end: int, *, calendar: Calendar, onto: Calendar) -> int:
    """A due instant on a day on which `onto` is closed moves to the end of its next open day."""
    on = calendar.date_of(end - 1)  # 24:00 belongs to the day that it ends
    if onto.intervals(on):
        return end
    while not onto.intervals(on):
        on += timedelta(days=1)
    return end_of_day_rolled_to(on, calendar=calendar, onto=onto)


def end_of_day_rolled_to(on: date, *, calendar: Calendar, onto: Calendar) -> int:
    """The day's last closing on the goal's calendar; where that one is closed then, on the one rolled to."""
    return (calendar if calendar.intervals(on) else onto).end_of_date(on)


def warnings(terms: Terms, *, started_at: datetime, due_at: datetime, warn: Sequence[Warn]) -> tuple[datetime, ...]:
    """The instants to warn at, in order; none outside the time from start to due instant."""
    start, end = micros(started_at), micros(due_at)
    found = sorted({max(_warning(terms, start=start, end=end, warn=one), start) for one in warn})
    return tuple(instant(at) for at in found if at < end)


def _warning(terms: Terms, *, start: int, end: int, warn: Warn) -> int:
    if warn.before is None:
        open_time = terms.calendar.between(start, end)
        return terms.calendar.add(start, open_time * (warn.percent or 0) // _PERCENT)
    amount, hours = warn.before.amount, terms.opening_hours
    match warn.before.unit:
        case "working_hour":
            return hours.subtract(end, amount * HOUR)
        case "working_day":
            return hours.closing_before(end - 1, amount)
        case _:
            return end - warn.before.elapsed() // _MICROSECOND
