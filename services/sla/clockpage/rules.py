"""Why a due instant is what it is: each day counted or skipped, with the reason.

The explanation walks the days one by one, the due instant comes from prefix sums; a property test holds the
two equal, so what a person is shown is what the clock does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from services.sla.calendars.rules.calendar import Calendar
from services.sla.calendars.rules.counting import DAYS, MONTHS, TIME, Pause, closed, days_after
from services.sla.calendars.rules.instants import MINUTE, instant, micros
from services.sla.calendars.rules.working_days import DayKind, SpecialDay
from services.sla.clocks.rules.plan import Terms, end_of_day_rolled_to, snaps
from services.sla.clocks.rules.stated import Stated, stated_due
from shared.kernel.periods import months_later
from shared.kernel.text import Text
from shared.packs.language.durations import Duration

LONGEST: Final = 1100  # days listed; more than any rule that a person would check day by day

_START_DAY: Final = Text(zh="起算日不计入", en="start day, not counted")
_WEEKEND: Final = Text(zh="周末休息", en="weekend")
_CLOSED: Final = Text(zh="非营业日", en="closed")
_STOOD_STILL: Final = Text(zh="全天暂停计时，不计入", en="the clock stood still all day, not counted")
_SAME_DAY: Final = Text(zh="当日截止", en="due at the end of this day")
_PAST_CLOSING: Final = Text(zh="当日已过营业时间", en="after closing time")
_NEVER: Final = Text(zh="时区调整，该日不存在", en="no such day in this time zone")
_STATED_INSTANT: Final = Text(zh="案件约定的时刻", en="the instant that the case states")
_STATED_DAY: Final = Text(zh="案件约定的日期，当日截止", en="the date that the case states, due at its end")
_NEXT_OPENING: Final = Text(zh="不在办理时段内，顺延至下一时段开始", en="outside hours, moved to the next opening")
_SATURDAY: Final = 5

Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """One day: whether it counts, why, and how many minutes of it where minutes are what is counted."""

    on: date
    counted: bool
    reason: Text
    minutes: int | None = None
    ordinal: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The days in order and the due instant that they lead to."""

    days: tuple[DayLine, ...]
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Days:
    """How many days are counted, and whether the start day, when it is open, is the first of them."""

    total: int
    counts_first: bool


def explain(terms: Terms, *, started_at: datetime, pauses: Sequence[Pause]) -> Explanation:
    """The due instant of `terms`, derived day by day. Raises CalendarUnconfirmed."""
    if isinstance(terms.length, Stated):
        lines, end = _as_stated(terms.length, terms.calendar)
    else:
        lines, end = _counted_out(terms, terms.length, start=micros(started_at), pauses=closed(pauses))
    if terms.roll_to is not None:
        more, end = _rolled(terms.calendar, end=end, onto=terms.roll_to)
        lines += more
    elif terms.snap_to is not None and snaps(terms):
        more, end = _snapped(end, onto=terms.snap_to)
        lines += more
    return Explanation(days=tuple(lines[:LONGEST]), due_at=instant(end))


def _counted_out(terms: Terms, duration: Duration, *, start: int, pauses: Spans) -> tuple[list[DayLine], int]:
    unit, amount, calendar = duration.unit, duration.amount, terms.calendar
    if unit in DAYS:
        days = _Days(total=amount * DAYS[unit], counts_first=terms.counts_first_day)
        return _by_days(days, calendar, start=start, pauses=pauses)
    if unit in TIME:
        return _by_time(calendar, start=start, amount=amount * TIME[unit], pauses=pauses)
    return _by_months(calendar, start=start, months=amount * MONTHS[unit])


def _as_stated(goal: Stated, calendar: Calendar) -> tuple[list[DayLine], int]:
    end = stated_due(goal, calendar=calendar)
    if isinstance(goal.at, datetime):
        return [DayLine(on=calendar.date_of(end), counted=True, reason=_STATED_INSTANT)], end
    if calendar.intervals(goal.at):
        return [DayLine(on=goal.at, counted=True, reason=_STATED_DAY)], end
    skipped = _skipped(calendar, goal.at)
    reason = Text(zh=f"{skipped.zh}；{_STATED_DAY.zh}，至24:00截止", en=f"{skipped.en}; {_STATED_DAY.en}, until 24:00")
    return [DayLine(on=goal.at, counted=True, reason=reason)], end


def _by_days(days: _Days, calendar: Calendar, *, start: int, pauses: Spans) -> tuple[list[DayLine], int]:
    total = days.total
    needed = days_after(total, calendar=calendar, start=start, pauses=pauses) if days.counts_first else total
    if not needed:
        return _same_day(calendar, start=start)
    first = calendar.date_of(start)
    counted = total - needed
    lines = [_counted(calendar, first, 1, total) if counted else _start_day(days, calendar, first)]
    for on in _dates(first + timedelta(days=1)):
        intervals = calendar.intervals(on)
        if not intervals:
            lines.append(DayLine(on=on, counted=False, reason=_skipped(calendar, on)))
        elif _stood_still(pauses, opens=intervals[0].opens, closes=intervals[-1].closes):
            lines.append(DayLine(on=on, counted=False, reason=_STOOD_STILL))
        else:
            counted += 1
            lines.append(_counted(calendar, on, counted, total))
            if counted == total:
                return lines, intervals[-1].closes
    raise AssertionError


def _start_day(days: _Days, calendar: Calendar, on: date) -> DayLine:
    """The line of a start day that does not count."""
    paused = days.counts_first and bool(calendar.intervals(on))
    return DayLine(on=on, counted=False, reason=_STOOD_STILL if paused else _START_DAY)


def _same_day(calendar: Calendar, *, start: int) -> tuple[list[DayLine], int]:
    lines: list[DayLine] = []
    for on in _dates(calendar.date_of(start)):
        intervals = calendar.intervals(on)
        if intervals and intervals[-1].closes >= start:
            return [*lines, DayLine(on=on, counted=True, reason=_SAME_DAY)], intervals[-1].closes
        lines.append(DayLine(on=on, counted=False, reason=_PAST_CLOSING if intervals else _skipped(calendar, on)))
    raise AssertionError


def _by_time(calendar: Calendar, *, start: int, amount: int, pauses: Spans) -> tuple[list[DayLine], int]:
    left = amount
    lines: list[DayLine] = []
    for on in _dates(calendar.date_of(start)):
        used = 0
        for interval in calendar.intervals(on):
            for opens, closes in _without(pauses, opens=max(interval.opens, start), closes=interval.closes):
                taken = min(left, closes - opens)
                used, left = used + taken, left - taken
                if left == 0:
                    return [*lines, _minutes(calendar, on, used)], opens + taken
        lines.append(_minutes(calendar, on, used))
    raise AssertionError


def _by_months(calendar: Calendar, *, start: int, months: int) -> tuple[list[DayLine], int]:
    first = calendar.date_of(start)
    wanted = months_later(first, months)
    clamped = wanted.day != first.day
    reason = Text(
        zh=f"起算日后第{months}个月的对应日" + ("（该月无此日，取月末）" if clamped else ""),
        en=f"same day {months} months later" + (" (clamped to the month's last day)" if clamped else ""),
    )
    lines = [DayLine(on=first, counted=False, reason=_START_DAY)]
    for on in _dates(wanted):
        if intervals := calendar.intervals(on):
            return [*lines, DayLine(on=on, counted=True, reason=reason)], intervals[-1].closes
        lines.append(DayLine(on=on, counted=False, reason=_skipped(calendar, on)))
    raise AssertionError


def _rolled(calendar: Calendar, *, end: int, onto: Calendar) -> tuple[list[DayLine], int]:
    lines: list[DayLine] = []
    for on in _dates(calendar.date_of(end - 1)):
        if onto.intervals(on):
            if not lines:
                return [], end
            reason = Text(zh="期限末日为休息日，顺延至此", en="moved here because the last day was a day off")
            end = end_of_day_rolled_to(on, calendar=calendar, onto=onto)
            return [*lines, DayLine(on=on, counted=True, reason=reason)], end
        lines.append(DayLine(on=on, counted=False, reason=_skipped(onto, on)))
    raise AssertionError


def _snapped(end: int, *, onto: Calendar) -> tuple[list[DayLine], int]:
    opens = onto.roll(end)
    if opens == end:
        return [], end
    return [DayLine(on=onto.date_of(opens), counted=True, reason=_NEXT_OPENING)], opens


def _dates(first: date) -> Iterator[date]:
    on = first
    while True:
        yield on
        on += timedelta(days=1)


def _stood_still(pauses: Spans, *, opens: int, closes: int) -> bool:
    return any(begins <= opens and closes <= ends for begins, ends in pauses)


def _without(pauses: Spans, *, opens: int, closes: int) -> Iterator[tuple[int, int]]:
    """What is left of an interval when the pauses are cut out."""
    for begins, ends in pauses:
        if begins >= closes:
            break
        if opens < begins:
            yield opens, begins
        opens = max(opens, ends)
    if opens < closes:
        yield opens, closes


def _counted(calendar: Calendar, on: date, ordinal: int, total: int) -> DayLine:
    zh, en = f"计为第{ordinal}天，共{total}天", f"counted as day {ordinal} of {total}"
    special = _special(calendar, on)
    if special is not None:
        zh, en = f"{special.name.zh}，{zh}", f"{special.name.en}, {en}"
    return DayLine(on=on, counted=True, reason=Text(zh=zh, en=en), ordinal=ordinal)


def _minutes(calendar: Calendar, on: date, used: int) -> DayLine:
    if not used:
        intervals = calendar.intervals(on)
        after = Text(zh="当日营业时间已过或暂停计时", en="no open time left, or the clock stood still")
        return DayLine(on=on, counted=False, reason=after if intervals else _skipped(calendar, on), minutes=0)
    minutes = used // MINUTE
    return DayLine(
        on=on, counted=True, minutes=minutes, reason=Text(zh=f"计{minutes}分钟", en=f"{minutes} minutes counted")
    )


def _skipped(calendar: Calendar, on: date) -> Text:
    special = _special(calendar, on)
    if special is not None and special.kind is DayKind.HOLIDAY:
        return Text(zh=f"法定节假日：{special.name.zh}", en=f"public holiday: {special.name.en}")
    if calendar.spec.continuous or calendar.spec.weekly[on.weekday()]:
        return _CLOSED if calendar.intervals(on) else _NEVER
    return _WEEKEND if on.weekday() >= _SATURDAY else _CLOSED


def _special(calendar: Calendar, on: date) -> SpecialDay | None:
    return next((day for day in calendar.spec.special if day.on == on), None)
