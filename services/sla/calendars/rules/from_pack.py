"""From a pack's calendar to the frozen value that clocks pin, with the public holidays filled in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

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
from shared.packs.language.hours import Hours, minutes
from shared.packs.sla.model.calendars import WEEKDAYS, Override
from shared.packs.sla.model.calendars import Calendar as CalendarRule
from shared.packs.sla.public_days import PublicDay, known_span, public_days


@lru_cache(maxsize=256)
def spec_of(rule: CalendarRule, *, zone: str) -> CalendarSpec:
    """The frozen value of a pack's calendar; `zone` is the pack's, for a calendar without one."""
    if rule.kind == "continuous":
        return CalendarSpec(zone=rule.zone or zone, continuous=True)
    first_on, last_on = known_span(rule)
    special = {day.on: _public_day(rule, day) for day in public_days(rule)}
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


def _public_day(rule: CalendarRule, day: PublicDay) -> SpecialDay:
    if day.is_worked:
        windows = _windows(rule.hours_of(rule.make_up_day_as))
        return SpecialDay(on=day.on, kind=DayKind.MAKE_UP, windows=windows, name=day.name)
    return SpecialDay(on=day.on, kind=DayKind.HOLIDAY, windows=(), name=day.name)


def _days_of(override: Override) -> dict[date, SpecialDay]:
    last = override.until or override.on
    span = [override.on + timedelta(days=i) for i in range((last - override.on).days + 1)]
    kind = DayKind.CHANGED if override.hours else DayKind.HOLIDAY
    windows = _windows(override.hours)
    return {on: SpecialDay(on=on, kind=kind, windows=windows, name=override.name) for on in span}


def _windows(hours: tuple[Hours, ...]) -> tuple[Window, ...]:
    ordered = sorted(hours, key=lambda window: window.opens)
    return tuple(Window(opens=minutes(window.opens), closes=minutes(window.closes)) for window in ordered)
