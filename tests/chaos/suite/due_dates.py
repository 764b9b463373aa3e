"""The due instants of the reference pack's clocks, worked out apart from the product (docs of the pack: LG-35a to d).

A limit of N working days ends at 17:00 in Shanghai on the Nth working day after the day on which the case was opened.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import holidays

_ZONE: Final = ZoneInfo("Asia/Shanghai")
_CLOSES: Final = time(17)
_SATURDAY: Final = 5
_CONFIRMED_UNTIL: Final = date(2026, 12, 31)
"""Later days off have not been announced, so a clock that needs them has no due instant yet."""


def due_of(rule: str, *, opened_at: datetime, facts: Mapping[str, Any]) -> datetime | None:
    """When the clock `departure` or `cycle` of a case is due; None while the days off are not known so far."""
    return nth_working_day(opened_at, _days(rule, facts))


def nth_working_day(start: datetime, days: int) -> datetime | None:
    """The close of business of the Nth working day after the local day of `start`."""
    on = start.astimezone(_ZONE).date()
    while days:
        on += timedelta(days=1)
        if on > _CONFIRMED_UNTIL:
            return None
        days -= _is_worked(on)
    return datetime.combine(on, _CLOSES, _ZONE)


def _days(rule: str, facts: Mapping[str, Any]) -> int:
    if rule == "departure":
        return 2 if facts.get("province") == "Shandong" else 3
    return 20 if facts.get("severity") == "major" else 7


@lru_cache
def _is_worked(on: date) -> bool:
    china = holidays.country_holidays("CN", years=on.year)
    if on in china.weekend_workdays:
        return True
    return on.weekday() < _SATURDAY and on not in china
