"""A clock with the rule that made it and the calendars that it pinned."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.sla.calendars.rules.calendar import Calendar
from services.sla.clocks.rules.clock import Clock
from services.sla.clocks.rules.plan import Terms, warnings
from services.sla.clocks.rules.terms import terms_of_target
from shared.packs.sla.model.clocks import Clock as ClockRule


@dataclass(frozen=True, slots=True, kw_only=True)
class RuledClock:
    """The rule is that of the policy version to which the clock's case is pinned."""

    clock: Clock
    rule: ClockRule
    calendars: Mapping[str, Calendar]

    def terms(self) -> Terms:
        """The terms of the present goal."""
        return terms_of_target(self.rule, self.clock.dated(), self.calendars)

    def calendar(self) -> Calendar:
        """The calendar on which the present goal counts."""
        return self.terms().calendar

    def warnings(self, due_at: datetime) -> tuple[datetime, ...]:
        """When to warn before a due instant that is not the goal's own."""
        return warnings(self.terms(), started_at=self.clock.started_at, due_at=due_at, warn=self.rule.warn)
