"""The public holidays and make-up working days of a country, for the calendars of packs.

Days beyond what a government has announced are left out: the library guesses them, and a guess is no due date.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import import_module
from typing import Final

from shared.kernel.text import Text
from shared.packs.sla.model.calendars import COUNTRIES_CONFIRMED_UNTIL, Calendar

_FIRST_ON: Final = date(2023, 1, 1)  # from here on the holiday data was compared day by day with a second source
_FIRST_WITHOUT_HOLIDAYS: Final = date(2000, 1, 1)
_LAST_WITHOUT_HOLIDAYS: Final = date(2049, 12, 31)
_MAKE_UP: Final = Text(zh="调休上班", en="make-up working day")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicDay:
    """A day off, or with `is_worked` a day of a weekend that is worked in exchange."""

    on: date
    is_worked: bool
    name: Text


def known_span(rule: Calendar) -> tuple[date, date]:
    """The first and the last day of which a `working` calendar knows whether it is open."""
    first_on = _FIRST_ON if rule.country else _FIRST_WITHOUT_HOLIDAYS
    return first_on, rule.known_until or _LAST_WITHOUT_HOLIDAYS


def public_days(rule: Calendar) -> tuple[PublicDay, ...]:
    """Those of the calendar's country, as far as they are announced; none without a country."""
    if rule.country is None:
        return ()
    first_on, last_on = known_span(rule)
    return _of_country(rule.country, first_on, min(last_on, COUNTRIES_CONFIRMED_UNTIL.get(rule.country, last_on)))


@lru_cache(maxsize=256)
def _of_country(country: str, first_on: date, until: date) -> tuple[PublicDay, ...]:
    """Named in the country's language and in English: without a language the library reads the locale.

    The library is imported with the first such calendar, because that takes a tenth of a second.
    """
    holidays = import_module("holidays")
    years = range(first_on.year, until.year + 1)
    english = holidays.country_holidays(country, years=years, language="en_US")
    local = holidays.country_holidays(country, years=years, language=english.default_language)
    off = [PublicDay(on=on, is_worked=False, name=Text(zh=local[on], en=english[on])) for on in local if on <= until]
    worked = [
        PublicDay(on=on, is_worked=True, name=_MAKE_UP) for on in local.weekend_workdays if first_on <= on <= until
    ]
    return (*off, *worked)
