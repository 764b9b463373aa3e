"""Which days the calendars of sla.yaml work, for the expressions of every section."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import Final

from pydantic import ValidationError

from shared.packs.language.expression_working_days import CalendarOf, WorkedDays
from shared.packs.sla.model.calendars import WEEKDAYS, Calendar
from shared.packs.sla.public_days import known_span, public_days

MOST_SPECIAL_DAYS: Final = 2_000
"""Days that differ from their weekday, of a calendar that expressions count on; from the first one on."""
_UNKNOWN: Final = WorkedDays(zone="UTC", week=(False,) * 7)


def calendars_in(document: Mapping[str, object], *, zone: str) -> CalendarOf:
    """The calendars of an sla.yaml by id; one that is malformed knows no day. `zone` is the pack's."""
    given = document.get("calendars")
    items = [item for item in given if isinstance(item, Mapping)] if isinstance(given, list) else []

    @cache
    def calendar(calendar_id: str) -> WorkedDays | None:
        item = next((item for item in items if item.get("id") == calendar_id), None)
        return None if item is None else _of_document(item, zone)

    return calendar


def _of_document(item: Mapping[str, object], zone: str) -> WorkedDays:
    try:
        return worked_days(Calendar.parse(item), zone=zone)
    except ValidationError:
        return _UNKNOWN


@lru_cache(maxsize=256)
def worked_days(rule: Calendar, *, zone: str) -> WorkedDays:
    """The days of a calendar; `zone` is the pack's, for a calendar without one."""
    if rule.kind == "continuous":
        return WorkedDays(zone=rule.zone or zone, week=(True,) * 7)
    first_on, last_on = known_span(rule)
    is_made_up = bool(rule.hours_of(rule.make_up_day_as))
    special = {day.on: day.is_worked and is_made_up for day in public_days(rule)}
    for override in rule.overrides:
        days = ((override.until or override.on) - override.on).days
        special |= {override.on + timedelta(i): bool(override.hours) for i in range(min(days, MOST_SPECIAL_DAYS) + 1)}
    known = sorted((on, is_open) for on, is_open in special.items() if first_on <= on <= last_on)
    last_known = known[MOST_SPECIAL_DAYS][0] - timedelta(1) if len(known) > MOST_SPECIAL_DAYS else date.max
    return WorkedDays(
        zone=rule.zone or zone,
        week=tuple(bool(rule.hours_of(day)) for day in WEEKDAYS),
        special=tuple(known[:MOST_SPECIAL_DAYS]),
        first_on=first_on,
        last_on=min(last_on, last_known),
    )
