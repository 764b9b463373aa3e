"""From a pack's calendar to the frozen value that clocks pin, with the public holidays filled in.

Days beyond what a government has announced are left out: the library guesses them, and a guess is no due date.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import holidays

from services.sla.calendars.rules.calendar import Calendar, prepare
from services.sla.calendars.rules.counting import Duration, Unit
from services.sla.calendars.rules.working_days import (
    CalendarDocument,
    CalendarSpec,
    DayKind,
    SpecialDay,
    Window,
    spec_from,
)
from shared.kernel.text import Text
from shared.packs.language.durations import Duration as DurationRule
from shared.packs.language.hours import Hours, minutes
from shared.packs.sla.model.calendars import COUNTRIES_CONFIRMED_UNTIL, WEEKDAYS, Override
from shared.packs.sla.model.calendars import Calendar as CalendarRule

_UNITS: Final[Mapping[str, tuple[Unit, int]]] = {
    "minute": ("minutes", 1),
    "hour": ("hours", 1),
    "day": ("days", 1),
    "week": ("days", 7),
    "month": ("months", 1),
    "year": ("years", 1),
    "working_hour": ("hours", 1),
    "working_day": ("days", 1),
}
_FIRST_ON: Final = date(2023, 1, 1)  # from here on the holiday data was compared day by day with a second source
_FIRST_WITHOUT_HOLIDAYS: Final = date(2000, 1, 1)
_LAST_WITHOUT_HOLIDAYS: Final = date(2049, 12, 31)
_MAKE_UP: Final = Text(zh="调休上班", en="make-up working day")


@lru_cache(maxsize=256)
def spec_of(rule: CalendarRule, *, zone: str) -> CalendarSpec:
    """The frozen value of a pack's calendar; `zone` is the pack's, for a calendar without one."""
    if rule.kind == "continuous":
        return CalendarSpec(zone=rule.zone or zone, continuous=True)
    first_on = _FIRST_ON if rule.country else _FIRST_WITHOUT_HOLIDAYS
    last_on = rule.known_until or _LAST_WITHOUT_HOLIDAYS
    special = _public_days(rule, first_on=first_on, last_on=last_on) if rule.country else {}
    for override in rule.overrides:
        special |= _days_of(override)
    return CalendarSpec(
        zone=rule.zone or zone,
        weekly=tuple(_windows(rule.hours_of(day)) for day in WEEKDAYS),
        special=tuple(special[on] for on in sorted(special) if first_on <= on <= last_on),
        first_on=first_on,
        last_on=last_on,
    )


@lru_cache(maxsize=256)
def prepared(spec: CalendarSpec) -> Calendar:
    """The calendar of `spec`, built once per process."""
    return prepare(spec)


def calendar_from(document: CalendarDocument) -> Calendar:
    """The calendar of a stored spec."""
    return prepared(spec_from(document))


def duration_of(rule: DurationRule, *, counts_first_day: bool = False) -> Duration:
    """A pack's duration in the units that calendars count."""
    unit, factor = _UNITS[rule.unit]
    return Duration(amount=rule.amount * factor, unit=unit, counts_first_day=counts_first_day)


def round_the_clock(hours: Calendar) -> Calendar:
    """Every day, all day, in the zone of `hours`."""
    return prepared(CalendarSpec(zone=hours.spec.zone, continuous=True))


def _public_days(rule: CalendarRule, *, first_on: date, last_on: date) -> dict[date, SpecialDay]:
    country = str(rule.country)
    until = min(last_on, COUNTRIES_CONFIRMED_UNTIL.get(country, last_on))
    years = range(first_on.year, until.year + 1)
    english = holidays.country_holidays(country, years=years, language="en_US")
    local = holidays.country_holidays(country, years=years, language="zh_CN" if country == "CN" else None)
    worked = _windows(rule.hours_of(rule.make_up_day_as))
    days = {
        on: SpecialDay(on=on, kind=DayKind.HOLIDAY, windows=(), name=Text(zh=local[on], en=english[on]))
        for on in local
        if on <= until
    }
    for on in local.weekend_workdays:
        if first_on <= on <= until:
            days[on] = SpecialDay(on=on, kind=DayKind.MAKE_UP, windows=worked, name=_MAKE_UP)
    return days


def _days_of(override: Override) -> dict[date, SpecialDay]:
    last = override.until or override.on
    span = [override.on + timedelta(days=i) for i in range((last - override.on).days + 1)]
    kind = DayKind.CHANGED if override.hours else DayKind.HOLIDAY
    name = Text(zh=override.name.zh, en=override.name.en)
    windows = _windows(override.hours)
    return {on: SpecialDay(on=on, kind=kind, windows=windows, name=name) for on in span}


def _windows(hours: tuple[Hours, ...]) -> tuple[Window, ...]:
    ordered = sorted(hours, key=lambda window: window.opens)
    return tuple(Window(opens=minutes(window.opens), closes=minutes(window.closes)) for window in ordered)
