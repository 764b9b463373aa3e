"""The sla section of a pack: by when what must have happened, counted on which calendar, and how well that went.

A clock starts and stops on canonical events. Its goals are tried in order and again whenever the case's facts
change; another goal re-targets the clock from its original start. Conditions see `facts` and
`case.case_type`, `case.channel`.
"""

from functools import cached_property
from typing import ClassVar

from shared.packs.language.section import Section
from shared.packs.language.types import Path
from shared.packs.sla.model.calendars import Calendar
from shared.packs.sla.model.clocks import Clock
from shared.packs.sla.model.indicators import Indicator


class SlaSection(Section):
    """Calendars, clocks and indicators of one pack."""

    KEY: ClassVar[str] = "sla"

    calendars: tuple[Calendar, ...] = ()
    """When time counts."""
    clocks: tuple[Clock, ...] = ()
    """Rules about time."""
    indicators: tuple[Indicator, ...] = ()
    """Figures over many cases, one for each period."""

    def calendar(self, calendar_id: str) -> Calendar | None:
        """The calendar of that id, or None."""
        return next((calendar for calendar in self.calendars if calendar.id == calendar_id), None)

    def clock(self, clock_id: str) -> Clock | None:
        """The clock rule of that id, or None."""
        return next((clock for clock in self.clocks if clock.id == clock_id), None)

    def unit_of_sum(self, path: Path) -> str | None:
        """The unit of the sum whose `amount` stands at `path`; None elsewhere."""
        match path:
            case ("indicators", int(i), "measure", "sum", "amount"):
                found = self.indicators[i].measure.sum
                return found.unit if found is not None else None
            case _:
                return None

    def indicator(self, indicator_id: str) -> Indicator | None:
        """The indicator of that id, or None."""
        return next((indicator for indicator in self.indicators if indicator.id == indicator_id), None)

    @cached_property
    def awaits(self) -> frozenset[str]:
        """Every event that moves a clock or counts a case."""
        named = [*(clock.events for clock in self.clocks), *(indicator.events for indicator in self.indicators)]
        return frozenset[str]().union(*named)
