"""From local opening hours to instants, exact across changes of the zone's offset.

A window is the set of instants whose local time lies in it: in the hour that is skipped it is
shorter, in the hour that is repeated it is longer. A day that a zone never had has no windows.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.sla.calendars.rules.instants import DAY, HOUR, MINUTE, SECOND, instant, micros
from services.sla.calendars.rules.working_days import CalendarSpec, Window

EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_PROBE: Final = 6 * HOUR  # no zone changes its offset twice within this


@dataclass(frozen=True, slots=True)
class Interval:
    """Open instants of one local day, end exclusive."""

    opens: int
    closes: int
    on: date


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time with one offset from UTC; all in microseconds."""

    start: int
    end: int
    offset: int


def local_midnight(zone: ZoneInfo, on: date) -> int:
    """The instant at which the local date `on` begins."""
    return micros(datetime.combine(on, time.min, tzinfo=zone).astimezone(UTC))


def local_date(zone: ZoneInfo, at: int) -> date:
    """The local date at `at`."""
    return instant(at).astimezone(zone).date()


def segments(zone: ZoneInfo, *, first_on: date, last_on: date) -> list[Segment]:
    """The stretches of constant offset that cover the local days `first_on` to `last_on`."""
    found: list[Segment] = []
    here = local_midnight(zone, first_on)
    end = local_midnight(zone, last_on + timedelta(days=1))
    offset = _offset(zone, here)
    for probe in (*range(here + _PROBE, end, _PROBE), end):
        changed = _offset(zone, probe)
        if changed != offset:
            turn = _turning_point(zone, after=probe - _PROBE, until=probe)
            found.append(Segment(here, turn, offset))
            here, offset = turn, changed
    found.append(Segment(here, end, offset))
    return [segment for segment in found if segment.start < segment.end]


def _offset(zone: ZoneInfo, at: int) -> int:
    shift = instant(at).astimezone(zone).utcoffset() or timedelta()
    return (shift.days * 86_400 + shift.seconds) * SECOND


def _turning_point(zone: ZoneInfo, *, after: int, until: int) -> int:
    before = _offset(zone, after)
    seconds = range(after // SECOND, until // SECOND + 1)
    return seconds[bisect_left(seconds, 1, key=lambda s: int(_offset(zone, s * SECOND) != before))] * SECOND


def days_of(segment: Segment) -> Iterator[tuple[date, int]]:
    """Each local date that the segment touches, with the instant its midnight would have at this offset."""
    first = (segment.start + segment.offset) // DAY
    last = (segment.end + segment.offset - 1) // DAY
    for day in range(first, last + 1):
        yield date.fromordinal(EPOCH_DAY + day), day * DAY - segment.offset


def open_intervals(spec: CalendarSpec, cover: list[Segment]) -> Iterator[Interval]:
    """All open intervals of a working calendar in the order of time."""
    special = {day.on: day.windows for day in spec.special}
    for segment in cover:
        for on, midnight in days_of(segment):
            windows: tuple[Window, ...] = special.get(on, spec.weekly[on.weekday()])
            for window in windows:
                opens = max(midnight + window.opens * MINUTE, segment.start)
                closes = min(midnight + window.closes * MINUTE, segment.end)
                if opens < closes:
                    yield Interval(opens, closes, on)
