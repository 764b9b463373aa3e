"""A clock with the rule that made it, from the policy version that its case is pinned to."""

from dataclasses import dataclass
from datetime import datetime

from services.sla.calendars.rules.calendar import Calendar
from services.sla.calendars.use_cases.pinned_calendars import pinned as pinned_calendars
from services.sla.cases import store as cases
from services.sla.clocks.rules.clock import Clock
from services.sla.clocks.rules.errors import GoalUnknown
from services.sla.clocks.rules.plan import Terms, warnings
from services.sla.clocks.rules.terms import Calendars, terms_of_target, warnings_of
from services.sla.clocks.store import clocks
from shared.kernel.errors import NotFound
from shared.kernel.ids import OrgId
from shared.packs.sla.model.clocks import Clock as ClockRule
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RuledClock:
    """The clock, its rule, and its pinned calendars."""

    clock: Clock
    rule: ClockRule
    calendars: Calendars

    def terms(self) -> Terms:
        """The terms of the present goal."""
        return terms_of_target(self.rule, self.clock.dated(), self.calendars)

    def calendar(self) -> Calendar:
        """The calendar on which the present goal counts."""
        return self.terms().calendar

    def warnings(self, due_at: datetime) -> tuple[datetime, ...]:
        """When to warn before a due instant that is not the goal's own."""
        return warnings(self.terms(), started_at=self.clock.started_at, due_at=due_at, warn=warnings_of(self.rule))


async def ruled_clock(tx: Transaction, *, org: OrgId, clock_id: str, lock: bool = True) -> RuledClock:
    """The clock, locked unless said otherwise. Raises NotFound for an absent one or another organisation's."""
    clock = await clocks.find(tx, org=org, clock_id=clock_id, lock=lock)
    if clock is None:
        raise NotFound
    case = await cases.find(tx, org=org, case_id=clock.case_id)
    if case is None:
        raise NotFound
    policy = await pinned(tx, org=org, pack=case.pack, version=case.policy_version)
    rule = policy.sla.clock(clock.rule)
    if rule is None:
        raise GoalUnknown(fields={"clock": clock.rule})
    calendars = await pinned_calendars(tx, org=org, hashes=clock.calendars)
    return RuledClock(clock=clock, rule=rule, calendars=calendars)
