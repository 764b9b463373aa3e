"""Working time by prefix sums and bisect: the cost of an answer does not grow with the duration.

Conventions (ADR 0027 A70-A72, A78): windows include their start and exclude their end; a budget used
up exactly at a closing time is due at that closing time; the start day is not counted; the Nth day is
due at its last closing time (24:00 where every day is open all day). Instants are microseconds.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from services.sla.calendars.rules.errors import CalendarUnconfirmed, NotAWorkingDay
from services.sla.calendars.rules.intervals import (
    Interval,
    days_of,
    local_date,
    local_midnight,
    open_intervals,
    segments,
)
from services.sla.calendars.rules.working_days import CalendarSpec

_BEYOND: Final = 1 << 62  # an index or an instant that no array holds: answers outside the data fail there


class Calendar(Protocol):
    """What clocks ask of a calendar, continuous or not."""

    spec: CalendarSpec
    zone: ZoneInfo

    def add(self, at: int, amount: int) -> int:
        """When `amount` of open time after `at` is used up; with none, the first open instant from `at`."""

    def subtract(self, at: int, amount: int) -> int:
        """The latest instant from which `amount` of open time remains until `at`."""

    def between(self, start: int, end: int) -> int:
        """Open time from `start` to `end`."""

    def end_of_day(self, at: int, days: int) -> int:
        """Last closing of the Nth open day after the day of `at`; of that day itself (or the next one) for 0."""

    def closing_before(self, at: int, days: int) -> int:
        """Last closing of the Nth open day before the day of `at`."""

    def end_of_date(self, on: date) -> int:
        """Last closing on `on`. Raises NotAWorkingDay."""

    def roll(self, at: int) -> int:
        """`at` when open then, else the next opening."""

    def date_of(self, at: int) -> date:
        """The local date at `at`."""

    def intervals(self, on: date) -> Sequence[Interval]:
        """The open intervals of a local date; none on a day off. Raises CalendarUnconfirmed."""


class WorkingCalendar(Calendar):
    """A calendar with opening hours, prepared for answers in two bisects or fewer.

    Build once per content hash (milliseconds) and share: it is never changed. The arrays start with an
    entry before all time whose prefix sum is out of reach, so an instant before the data fails like one after it.
    """

    def __init__(self, spec: CalendarSpec) -> None:
        self.spec = spec
        self.zone = ZoneInfo(spec.zone)
        cover = segments(self.zone, first_on=spec.first_on, last_on=spec.last_on)
        self._intervals = list(open_intervals(spec, cover))
        start, end = cover[0].start, cover[-1].end
        self._opens = [-_BEYOND, start, *(interval.opens for interval in self._intervals)]
        self._closes = [_BEYOND, start, *(interval.closes for interval in self._intervals)]
        lengths = (interval.closes - interval.opens for interval in self._intervals)
        self._through = [0, 0, *accumulate(lengths)]  # open time up to each closing
        self._gap = [closes - through for closes, through in zip(self._closes, self._through, strict=True)]
        before = (_BEYOND, *self._through[:-1])
        self._shift = [done - opens for done, opens in zip(before, self._opens, strict=True)]
        first_of = {on: max(midnight, part.start) for part in reversed(cover) for on, midnight in days_of(part)}
        closing = {interval.on: interval.closes for interval in self._intervals}
        self._worked_on = sorted(closing)
        self._closings = [closing[on] for on in self._worked_on]
        dates = sorted(first_of)
        self._midnights = [-_BEYOND, *(first_of[on] for on in dates), end]
        self._rank = [_BEYOND, *(bisect_right(self._worked_on, on) - 1 for on in dates), _BEYOND]

    def add(self, at: int, amount: int) -> int:
        if amount <= 0:
            return self.roll(at)
        through = self._through
        here = bisect_right(self._opens, at) - 1
        target = (at + self._shift[here] if at < self._closes[here] else through[here]) + amount
        due = bisect_left(through, target)
        try:
            return self._gap[due] + target
        except IndexError:
            raise self._unconfirmed() from None

    def subtract(self, at: int, amount: int) -> int:
        target = self._worked(at) - amount
        due = bisect_right(self._through, target)
        if target < 0 or due == len(self._opens):
            raise self._unconfirmed()
        return target - self._shift[due]

    def between(self, start: int, end: int) -> int:
        return self._worked(end) - self._worked(start)

    def end_of_day(self, at: int, days: int) -> int:
        try:
            due = self._closings[self._rank[bisect_right(self._midnights, at) - 1] + days]
        except IndexError:
            raise self._unconfirmed() from None
        if days > 0:
            return due
        here = bisect_left(self._closings, at)
        if here == len(self._closings):
            raise self._unconfirmed()
        return self._closings[here]

    def closing_before(self, at: int, days: int) -> int:
        today = self.date_of(at)
        found = bisect_left(self._worked_on, today) - days
        if found < 0 or today > self.spec.last_on:
            raise self._unconfirmed()
        return self._closings[found]

    def end_of_date(self, on: date) -> int:
        intervals = self.intervals(on)
        if not intervals:
            raise NotAWorkingDay(detail=on.isoformat(), fields={"date": on.isoformat()})
        return intervals[-1].closes

    def roll(self, at: int) -> int:
        here = bisect_right(self._opens, at) - 1
        if here == 0:
            raise self._unconfirmed()
        if at < self._closes[here]:
            return at
        if here + 1 == len(self._opens):
            raise self._unconfirmed()
        return self._opens[here + 1]

    def date_of(self, at: int) -> date:
        return local_date(self.zone, at)

    def intervals(self, on: date) -> Sequence[Interval]:
        if not self.spec.first_on <= on <= self.spec.last_on:
            raise self._unconfirmed()
        first = bisect_left(self._intervals, on, key=lambda interval: interval.on)
        last = bisect_right(self._intervals, on, key=lambda interval: interval.on)
        return self._intervals[first:last]

    def _worked(self, at: int) -> int:
        here = bisect_right(self._opens, at) - 1
        if here == 0 or at > self._midnights[-1]:
            raise self._unconfirmed()
        return at + self._shift[here] if at < self._closes[here] else self._through[here]

    def _unconfirmed(self) -> CalendarUnconfirmed:
        until = self.spec.last_on.isoformat()
        return CalendarUnconfirmed(
            detail=f"the calendar is confirmed until {until}",
            fields={"confirmed_from": self.spec.first_on.isoformat(), "confirmed_until": until},
        )


class ContinuousCalendar(Calendar):
    """Every day, all day: elapsed time, and days that end at 24:00. Needs no data and has no last day."""

    def __init__(self, spec: CalendarSpec) -> None:
        self.spec = spec
        self.zone = ZoneInfo(spec.zone)

    def add(self, at: int, amount: int) -> int:
        return at + max(amount, 0)

    def subtract(self, at: int, amount: int) -> int:
        return at - amount

    def between(self, start: int, end: int) -> int:
        return end - start

    def end_of_day(self, at: int, days: int) -> int:
        return self.end_of_date(self.date_of(at) + timedelta(days=days))

    def closing_before(self, at: int, days: int) -> int:
        return self.end_of_date(self.date_of(at) - timedelta(days=days))

    def end_of_date(self, on: date) -> int:
        return local_midnight(self.zone, on + timedelta(days=1))

    def roll(self, at: int) -> int:
        return at

    def date_of(self, at: int) -> date:
        return local_date(self.zone, at)

    def intervals(self, on: date) -> Sequence[Interval]:
        opens, closes = local_midnight(self.zone, on), self.end_of_date(on)
        return [Interval(opens, closes, on)] if opens < closes else []


def prepare(spec: CalendarSpec) -> Calendar:
    """The calendar that answers for `spec`."""
    return ContinuousCalendar(spec) if spec.continuous else WorkingCalendar(spec)
