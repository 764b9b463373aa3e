"""Words that count working days in expressions, on a calendar of sla.yaml that the last argument names.

What a calendar works is written out in the engine's numbers: its week, and the days that differ from their weekday.
A day beyond what the calendar knows gives null, as an absent date does, so that a guess of a holiday is never a yes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import accumulate
from typing import Final

from shared.packs.language.expression_calls import Argument, bound, rewritten
from shared.packs.language.expression_dates import day_of, quoted
from shared.packs.language.expression_text import ExpressionInvalid

EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2199, 12, 31)
"""No calendar is asked about days before or after these."""
FIRST: Final = date(1899, 12, 25)
"""A Monday before them, from which days are numbered."""

CalendarOf = Callable[[str], "WorkedDays | None"]
"""The calendar of an id; None when the pack has none."""


def no_calendar(_calendar_id: str) -> "WorkedDays | None":
    """Of a pack without calendars."""
    return None


@dataclass(frozen=True, kw_only=True)
class WorkedDays:
    """The days on which a calendar is open at all, as far as it knows: `first_on` to `last_on`, both included."""

    zone: str
    week: tuple[bool, ...]
    """Whether it is open on a weekday, Monday first."""
    special: tuple[tuple[date, bool], ...] = ()
    """Days that differ from their weekday, in order, and whether it is open on them."""
    first_on: date = EARLIEST
    last_on: date = LATEST

    @property
    def first(self) -> int:
        """The number of the first day that is known."""
        return _number(max(self.first_on, EARLIEST))

    @property
    def last(self) -> int:
        """The number of the last day that is known."""
        return _number(min(self.last_on, LATEST))

    @cached_property
    def steps(self) -> tuple[tuple[int, int], ...]:
        """From which day on how many working days more or fewer there have been than the week alone makes."""
        differing = [(_number(on), is_open) for on, is_open in self.special if EARLIEST <= on <= LATEST]
        changes = [(day, is_open - self.week[day % 7]) for day, is_open in differing if is_open != self.week[day % 7]]
        return tuple(zip((day for day, _ in changes), accumulate(change for _, change in changes), strict=True))

    @cached_property
    def count(self) -> str:
        """The number of working days from `FIRST` to the day `#`, which is included."""
        ordinals = ", ".join(str(sum(self.week[: day + 1])) for day in range(7))
        more = _choice([day for day, _ in self.steps], [0, *(more for _, more in self.steps)])
        return f"(floor(# / 7) * {sum(self.week)} + [{ordinals}][# % 7] + ({more}))"

    @cached_property
    def numbered(self) -> str:
        """The day that is the working day of number `#`, counted as `count` does."""
        a_week = sum(self.week)
        days = ", ".join(str(day) for day in range(7) if self.week[day])
        in_week = f"floor(#[0] / {a_week}) * 7 + [{days}][#[0] % {a_week}]"
        # Between two days that differ the week alone decides, so that a number falls into one such stretch.
        counted = [self._count_on(day) + 1 for day, _ in self.steps]
        ends = [*(str(day) for day, _ in self.steps), str(_number(LATEST) + 1)]
        more = [0, *(more for _, more in self.steps)]
        stretches = [f"[# + ({-1 - each}), {end}]" for each, end in zip(more, ends, strict=True)]
        return bound(_choice(counted, stretches), f"min([{in_week}, #[1]])")

    def _count_on(self, day: int) -> int:
        more = max((step for step in self.steps if step[0] <= day), default=(0, 0))[1]
        return day // 7 * sum(self.week) + sum(self.week[: day % 7 + 1]) + more


def with_working_days(source: str, calendar: CalendarOf) -> str:
    """`source` with the words for working days written out. Raises ExpressionInvalid."""

    def write(name: str, given: Sequence[Argument]) -> str:
        takes, written = WORKING_DAY_WORDS[name]
        if len(given) != len(takes):
            raise ExpressionInvalid(detail=f"write {name}({', '.join(takes)})")
        calendar_id = quoted(given[-1])
        days = calendar(calendar_id)
        if days is None:
            raise ExpressionInvalid(
                detail=f"{name} counts on a calendar of sla.yaml, written as text: no '{calendar_id}'"
            )
        if not any(days.week):
            return "null"
        return written([with_working_days(each, calendar) for each in given[:-1]], days)

    return rewritten(source, WORKING_DAY_WORDS, write)


def _is_open(given: Sequence[Argument], days: WorkedDays) -> str:
    before = f"({bound('# - 1', days.count)})"
    return bound(_day(given[0], days), f"# == null ? null : {days.count} > {before}")


def _between(given: Sequence[Argument], days: WorkedDays) -> str:
    both = ", ".join(bound(_day(each, days), f"# == null ? null : {days.count}") for each in given)
    return bound(f"[{both}]", "(#[0] == null or #[1] == null) ? null : #[1] - #[0]")


def _added(given: Sequence[Argument], days: WorkedDays) -> str:
    number = f"#[1] > 0 ? {bound('#[0]', days.count)} + #[1] : {bound('#[0] - 1', days.count)} + #[1] + 1"
    day = f"#[1] == 0 ? #[0] : {bound(number, days.numbered)}"
    known = bound(day, f"({_is_known(days)}) ? d('{FIRST}').add(#, 'day').format('%Y-%m-%d') : null")
    is_whole = "type(#[1]) == 'number' and #[1] == floor(#[1])"
    return bound(f"[{_day(given[0], days)}, {given[1]}]", f"(#[0] != null and {is_whole}) ? {known} : null")


def _day(text: str, days: WorkedDays) -> str:
    """The number of the day of a date or an instant; null when the calendar does not know it."""
    number = bound(day_of(text, days.zone), f"# == null ? null : d(#).diff(d('{FIRST}'), 'day')")
    return bound(number, f"(# != null and {_is_known(days)}) ? # : null")


def _is_known(days: WorkedDays) -> str:
    return f"# >= {days.first} and # <= {days.last}"


def _number(day: date) -> int:
    return (day - FIRST).days


def _choice(bounds: Sequence[int], values: Sequence[object]) -> str:
    """The value of the stretch between `bounds` into which `#` falls, asked by halves."""
    if not bounds:
        return str(values[0])
    half = len(bounds) // 2
    left = _choice(bounds[:half], values[: half + 1])
    right = _choice(bounds[half + 1 :], values[half + 1 :])
    return f"(# < {bounds[half]} ? {left} : {right})"


_Written = Callable[[Sequence[Argument], WorkedDays], str]
WORKING_DAY_WORDS: Final[dict[str, tuple[tuple[str, ...], _Written]]] = {
    "isWorkingDay": (("date", "'calendar'"), _is_open),
    "workingDaysBetween": (("earlier", "later", "'calendar'"), _between),
    "addWorkingDays": (("date", "whole number", "'calendar'"), _added),
}
"""Every word by its name: what it takes, as authors read it, and what is written for it."""
