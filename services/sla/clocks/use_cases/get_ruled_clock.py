"""Load a clock with the rule that made it and the calendars that it pinned."""

from services.sla.calendars.rules.from_pack import Calendars
from services.sla.calendars.use_cases.pinned_calendars import pinned_calendars
from services.sla.cases import store as cases
from services.sla.clocks.rules.errors import GoalUnknown
from services.sla.clocks.rules.ruled_clock import RuledClock
from services.sla.clocks.store import clocks
from shared.kernel.errors import NotFound
from shared.kernel.ids import OrgId
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction


async def get_ruled_clock(tx: Transaction, *, org: OrgId, clock_id: str, lock: bool = False) -> RuledClock:
    """The clock. Raises NotFound for an absent one or another organisation's, GoalUnknown without its rule."""
    clock = await clocks.get(tx, org=org, clock_id=clock_id, lock=lock)
    case = await cases.find(tx, org=org, case_id=clock.case_id)
    if case is None:
        raise NotFound
    policy = await pinned(tx, org=org, pack=case.pack, version=case.policy_version)
    rule = policy.sla.clock(clock.rule)
    if rule is None:
        raise GoalUnknown(fields={"clock": clock.rule})
    by_hash = await pinned_calendars(tx, org=org, hashes=clock.calendars.values())
    calendars = Calendars(of_pack={}, by_hash=by_hash).pinned(clock.calendars)
    return RuledClock(clock=clock, rule=rule, calendars=calendars)
