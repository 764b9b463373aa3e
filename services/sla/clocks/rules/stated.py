"""A due instant that the case itself states, in place of a duration."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from services.sla.calendars.rules.calendar import Calendar
from services.sla.calendars.rules.instants import micros
from services.sla.calendars.rules.intervals import local_midnight
from shared.kernel.instants import parse_instant, usual_day

_DATE_LENGTH: Final = len("2026-03-09")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What the case says: an instant, or a date, which ends with that day. `source` is the pack's expression."""

    at: datetime | date
    source: str

    @property
    def text(self) -> str:
        """`2026-03-02T10:30:00+00:00` or `2026-03-09`; `stated` reads it back."""
        return self.at.astimezone(UTC).isoformat() if isinstance(self.at, datetime) else self.at.isoformat()


def stated(value: object, *, source: str) -> Stated | None:
    """An instant with its offset, or a date, from its ISO text; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        is_date = len(value) == _DATE_LENGTH
        at = usual_day(date.fromisoformat(value)) if is_date else parse_instant(value)
    except ValueError:
        return None
    return Stated(at=at, source=source)


def stated_due(goal: Stated, *, calendar: Calendar) -> int:
    """The instant itself; of a date its last closing, or 24:00 when the calendar is closed all day.

    Raises CalendarUnconfirmed for a date.
    """
    if isinstance(goal.at, datetime):
        return micros(goal.at)
    if calendar.intervals(goal.at):
        return calendar.end_of_date(goal.at)
    return local_midnight(calendar.zone, goal.at + timedelta(days=1))
