"""From a pack's calendar to the frozen value that clocks pin, with the public holidays filled in.

Days beyond what a government has announced are left out: the library guesses them, and a guess is no due date.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from importlib import import_module
from typing import Final

from services.sla.calendars.rules.calendar import Calendar, prepare
from services.sla.calendars.rules.errors import CalendarMissing
from services.sla.calendars.rules.working_days import (
    CalendarDocument,
    CalendarSpec,
    DayKind,
    SpecialDay,
    Window,
    spec_from,
)
from shared.kernel.text import Text
from shared.packs.language.hours import Hours, minutes
from shared.packs.sla.model.calendars import COUNTRIES_CONFIRMED_UNTIL, WEEKDAYS, Override
from shared.packs.sla.model.calendars import Calendar as CalendarRule

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PackCalendar:
    """A calendar as pack and holiday data stand now, with the hash of its content, which pins it."""

    calendar: Calendar
    content_hash: str


def pack_calendars(rules: Iterable[CalendarRule], *, zone: str) -> dict[str, PackCalendar]:
    """The calendars of a pack by their ids; `zone` is the pack's."""
    specs = {rule.id: spec_of(rule, zone=zone) for rule in rules}
    return {
        calendar_id: PackCalendar(calendar=prepared(spec), content_hash=spec.content_hash())
        for calendar_id, spec in specs.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendars:
    """The calendars that a case's clocks count on: the pack's by their ids, and the pinned ones by their hashes."""

    of_pack: Mapping[str, PackCalendar]
    by_hash: Mapping[str, Calendar] = field(default_factory=dict)

    def now(self, calendar_ids: Iterable[str]) -> dict[str, PackCalendar]:
        """These calendars as the pack has them now. Raises CalendarMissing."""
        wanted = list(calendar_ids)
        if missing := [calendar_id for calendar_id in wanted if calendar_id not in self.of_pack]:
            raise CalendarMissing(fields={"calendars": missing})
        return {calendar_id: self.of_pack[calendar_id] for calendar_id in wanted}

    def pinned(self, hashes: Mapping[str, str]) -> dict[str, Calendar]:
        """The calendars that a clock pinned, by their ids in the pack. Raises CalendarMissing."""
        if missing := [calendar_id for calendar_id, hash_ in hashes.items() if hash_ not in self.by_hash]:
            raise CalendarMissing(fields={"calendars": missing})
        return {calendar_id: self.by_hash[hash_] for calendar_id, hash_ in hashes.items()}


def calendar_from(document: CalendarDocument) -> Calendar:
    """The calendar of a stored spec."""
    return prepared(spec_from(document))


def round_the_clock(hours: Calendar) -> Calendar:
    """Every day, all day, in the zone of `hours`."""
    return prepared(CalendarSpec(zone=hours.spec.zone, continuous=True))


def _public_days(rule: CalendarRule, *, first_on: date, last_on: date) -> dict[date, SpecialDay]:
    """The country's days, named in its language and in English: without a language the library reads the locale.

    The library is imported with the first such calendar, because that takes a tenth of a second.
    """
    holidays = import_module("holidays")
    country = str(rule.country)
    until = min(last_on, COUNTRIES_CONFIRMED_UNTIL.get(country, last_on))
    years = range(first_on.year, until.year + 1)
    english = holidays.country_holidays(country, years=years, language="en_US")
    local = holidays.country_holidays(country, years=years, language=english.default_language)
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
    windows = _windows(override.hours)
    return {on: SpecialDay(on=on, kind=kind, windows=windows, name=override.name) for on in span}


def _windows(hours: tuple[Hours, ...]) -> tuple[Window, ...]:
    ordered = sorted(hours, key=lambda window: window.opens)
    return tuple(Window(opens=minutes(window.opens), closes=minutes(window.closes)) for window in ordered)
