"""Date the clocks whose calendar has been confirmed since they began (a release with the new year's days off)."""

from datetime import datetime

from services.sla.calendars.rules.from_pack import Calendars
from services.sla.calendars.use_cases.pinned_calendars import calendars_of, pin
from services.sla.cases import store as cases
from services.sla.cases.use_cases.log_notes import log_notes
from services.sla.clocks.announce import announced
from services.sla.clocks.rules.begin import redated
from services.sla.clocks.rules.terms import calendar_ids
from services.sla.clocks.store import clocks
from shared.kernel.ids import OrgId
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.of_cases import append_of_cases


async def date_clock(tx: Transaction, *, org: OrgId, clock_id: str, now: datetime) -> bool:
    """Date one clock when today's calendar data reach far enough; False when they still do not."""
    waiting = await clocks.find(tx, org=org, clock_id=clock_id)
    if waiting is None:
        return False
    case = await cases.get(tx, org=org, case_id=waiting.case_id, lock=True)
    clock = await clocks.get(tx, org=org, clock_id=clock_id, lock=True)
    policy = await pinned(tx, org=org, pack=case.pack, version=case.policy_version)
    rule = policy.sla.clock(clock.rule)
    if rule is None:
        return False
    calendars = Calendars(of_pack=calendars_of(policy))
    result = redated(clock, rule, case, calendars, at=now)
    log_notes(case, result.notes)
    if result.change is None:
        return False
    await pin(tx, org=org, calendars=calendars.now(calendar_ids(rule)).values())
    await clocks.save(tx, [(clock, result.change.clock)])
    await append_of_cases(tx, announced(result.change, occurred_at=now))
    return True
