"""Calendars, clocks and indicators: keys that contradict each other, goals and windows that never come."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cache
from importlib import import_module
from itertools import combinations
from typing import Final

from shared.packs.language.hours import Hours, out_of_order, overlap
from shared.packs.language.types import Path, Placed
from shared.packs.sla.model.calendars import WEEKDAYS, Calendar, Override
from shared.packs.sla.model.clocks import Clock, Goal, Warn
from shared.packs.sla.model.indicators import Indicator, Measure, Target

_IN_DAYS: Final = frozenset({"day", "week", "working_day"})
_BY_THE_DAY: Final = _IN_DAYS | {"month", "year"}
_ALL: Final = Decimal(100)
_MEASURES: Final = ("average_days", "share", "count", "sum")


def override_errors(override: Override) -> Iterator[Placed]:
    """Days in the wrong order, windows that overlap."""
    if override.until is not None and override.until < override.on:
        yield ("until",), "`until` is before `on`"
    if fault := overlap(override.hours):
        yield ("hours",), fault


def hours_errors(window: Hours) -> Iterator[Placed]:
    """A window that closes before it opens."""
    if fault := out_of_order(window):
        yield ("closes",), fault


def calendar_errors(calendar: Calendar) -> Iterator[Placed]:
    """A calendar that never opens, or whose days off are not known."""
    if calendar.kind == "continuous":
        for key in ("shifts", "country", "overrides", "confirmed_until"):
            if getattr(calendar, key):
                yield (key,), "a continuous calendar has neither shifts nor days off"
        return
    for fault in dict.fromkeys(fault for day in WEEKDAYS if (fault := overlap(calendar.hours_of(day)))):
        yield ("shifts",), fault
    if not calendar.shifts:
        yield ("shifts",), "a working calendar without shifts never opens"
    if calendar.country is not None:
        yield from _country_errors(calendar, calendar.country)


@cache
def _countries() -> frozenset[str]:
    """Those whose public holidays are known. The library is imported with the first: it takes a tenth of a second."""
    return frozenset(import_module("holidays").list_supported_countries())


def _country_errors(calendar: Calendar, country: str) -> Iterator[Placed]:
    if country not in _countries():
        yield ("country",), f"no public holidays are known for {country}"
    if calendar.known_until is None:
        yield ("country",), f"say with confirmed_until how far the public holidays of {country} are announced"
    if not calendar.hours_of(calendar.make_up_day_as):
        yield ("make_up_day_as",), "`make_up_day_as` names a weekday without hours"


def goal_errors(goal: Goal) -> Iterator[Placed]:
    """Keys that exclude each other."""
    if goal.duration is None and goal.at is None:
        yield (), "a goal has either `duration` or `at`"
    if goal.duration is not None and goal.at is not None:
        yield ("at",), "a goal has either `duration` or `at`"
    unit = goal.duration.unit if goal.duration is not None else None
    if goal.counts_first_day and unit not in _IN_DAYS:
        yield ("counts_first_day",), "`counts_first_day` is for a duration in days or weeks"
    if goal.snap_to is not None and unit in _BY_THE_DAY:
        yield ("snap_to",), "`snap_to` moves an instant; a due day is moved by `roll_to`"
    if goal.snap_to is not None and goal.roll_to is not None:
        yield ("snap_to",), "a goal has either `roll_to` or `snap_to`"


def warn_errors(warn: Warn) -> Iterator[Placed]:
    """A warning says when in one of two ways."""
    if (warn.percent is None) == (warn.before is None):
        yield (), "a warning has either `percent` or `before`"


def clock_errors(clock: Clock) -> Iterator[Placed]:
    """Events and goals of one clock that exclude each other."""
    if clock.start in {*clock.stop, *clock.cancel_on}:
        yield ("start",), f"{clock.start} starts and ends the same clock"
    if bool(clock.pause_on) != bool(clock.resume_on):
        yield ("pause_on" if clock.pause_on else "resume_on",), "`pause_on` and `resume_on` belong together"
    if set(clock.pause_on) & set(clock.resume_on):
        yield ("resume_on",), "an event cannot both pause and resume"
    yield from _wait_errors(clock)
    for i, goal in enumerate(clock.goals[:-1]):
        if goal.always and goal.duration is not None:
            yield ("goals", i), f"goals after `{goal.id}` are never reached"


def _wait_errors(clock: Clock) -> Iterator[Placed]:
    """Reasons to wait that cannot be told apart, or that end as they begin."""
    if clock.pause and (clock.pause_on or clock.resume_on):
        yield ("pause",), "write `pause_on` and `resume_on` as one more of `pause`: `{on: [...], until: [...]}`"
    opened: set[str] = set()
    for i, wait in enumerate(clock.pause):
        if both := sorted(set(wait.on) & set(wait.until)):
            yield ("pause", i, "until"), f"{both[0]} both opens and closes the same reason"
        for k, event in enumerate(wait.on):
            if event in opened:
                yield ("pause", i, "on", k), f"{event} opens another reason already; an event opens one reason"
            opened.add(event)


def clock_warnings(clock: Clock) -> Iterator[Placed]:
    """A clock without a goal while the case does not state the instant of its last one."""
    last = clock.goals[-1]
    if last.at is not None and {*clock.when.variables, *last.when.variables}.isdisjoint(last.at.variables):
        yield ("goals",), f"no goal while `{last.at}` is absent: ask for it in `when`, or add a goal with a duration"


def measure_errors(measure: Measure) -> Iterator[Placed]:
    """A measure is one thing, of two different events."""
    given = [key for key in _MEASURES if getattr(measure, key) is not None]
    if len(given) != 1:
        yield (), "a measure is one of `average_days`, `share`, `count` and `sum`"
    events: Sequence[tuple[Path, str]] = ()
    if measure.average_days is not None:
        events = (
            (("average_days", "from"), measure.average_days.from_),
            (("average_days", "to"), measure.average_days.to),
        )
    elif measure.share is not None:
        done: tuple[Path, str] = (("share", "done"), measure.share.done)
        events = (*(((("share", "of"), name)) for name in measure.counted), done)
    for (_, first), (path, second) in combinations(events, 2):
        if first == second:
            yield path, f"{second} is compared with itself"


def target_errors(target: Target) -> Iterator[Placed]:
    """A target is one limit."""
    if (target.at_most is None) == (target.at_least is None):
        yield (), "a target has either `at_most` or `at_least`"


def indicator_errors(indicator: Indicator) -> Iterator[Placed]:
    """A target that cannot be reached, a least number of cases where any number is one."""
    limit = indicator.target.at_least if indicator.target is not None else None
    if indicator.measure.share is not None and limit is not None and limit > _ALL:
        yield ("target", "at_least"), "a share is at most 100 percent"
    if indicator.least_sample is not None and indicator.measure.count is not None:
        yield ("least_sample",), "a count is a number over few cases too; drop `least_sample`"
