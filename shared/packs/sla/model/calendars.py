"""Calendars of a pack: opening hours per weekday, public holidays of a country, exceptions of the pack's own.

One model serves split shifts, make-up working days, part-day holidays and round-the-clock duty.
"""

from datetime import date
from functools import cached_property
from typing import Annotated, Final, Literal

from pydantic import Field

from shared.kernel.text import Text
from shared.packs.language.citations import Cite
from shared.packs.language.hours import Hours
from shared.packs.language.section import Section
from shared.packs.language.types import Ident, Zone

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

COUNTRIES_CONFIRMED_UNTIL: Final = {"CN": date(2026, 12, 31)}
"""Countries whose government announces the year's days off: what lies later is a guess of the library."""


class Shift(Hours):
    """One window on some weekdays; several of them make a lunch break."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)]
    """Weekdays: `[mon, tue, wed, thu, fri]`."""


class Override(Section):
    """Days that differ from their weekday and from the public holidays; without `hours` they are off."""

    on: date
    """The day, or the first of several."""
    until: date | None = None
    """Last day, when it is more than one."""
    hours: tuple[Hours, ...] = ()
    """When it is open on those days; not at all when left out."""
    name: Text
    """Why, for explanations."""
    cite: Cite | None = None
    """The rule or notice that says so."""


class Calendar(Section):
    """When time counts."""

    id: Ident
    """What goals call it."""
    label: Text | None = None
    """What people read."""
    cite: Cite | None = None
    """The rule that says when time counts."""
    kind: Literal["working", "continuous"] = "working"
    """`continuous`: every day, all day; days end at 24:00."""
    zone: Zone | None = None
    """The pack's zone when left out."""
    shifts: tuple[Shift, ...] = ()
    """Opening hours per weekday; required for a `working` calendar."""
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    """ISO 3166: its public holidays are off and its make-up days are worked."""
    make_up_day_as: Weekday = "mon"
    """The weekday whose hours a make-up working day has."""
    overrides: tuple[Override, ...] = ()
    """Days that differ."""
    confirmed_until: date | None = None
    """Last day that the pack's author vouches for, with `overrides` for what the country has not announced yet."""

    def hours_of(self, day: Weekday) -> tuple[Hours, ...]:
        """The windows of a weekday, in order."""
        return tuple(sorted((s for s in self.shifts if day in s.days), key=lambda shift: shift.opens))

    @cached_property
    def known_until(self) -> date | None:
        """Last day with confirmed data; None for ever."""
        return self.confirmed_until or COUNTRIES_CONFIRMED_UNTIL.get(self.country or "")
