"""Date the clocks whose calendar has been confirmed since they began (a release with the new year's days off)."""

from contextlib import suppress
from dataclasses import replace

from services.sla.calendars.rules.errors import CalendarUnconfirmed
from services.sla.calendars.use_cases.pinned_calendars import from_pack, pin
from services.sla.cases import store as cases
from services.sla.clocks.announce import announced
from services.sla.clocks.rules import transitions
from services.sla.clocks.rules.clock import Status
from services.sla.clocks.rules.terms import calendar_ids
from services.sla.clocks.store import clocks
from services.sla.clocks.use_cases.start_clock import dated
from shared.kernel.ids import OrgId
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction
from shared.platform.organisation_clock import organisation_now
from shared.platform.outbox.append import append


async def date_clock(tx: Transaction, *, org: OrgId, clock_id: str) -> bool:
    """Date one clock when today's calendar data reach far enough; False when they still do not."""
    waiting = await clocks.find(tx, org=org, clock_id=clock_id)
    if waiting is None:
        return False
    case = await cases.get(tx, org=org, case_id=waiting.case_id, lock=True)
    clock = await clocks.find(tx, org=org, clock_id=clock_id, lock=True)
    if clock is None or clock.status is not Status.UNDATED:
        return False
    policy = await pinned(tx, org=org, pack=case.pack, version=case.policy_version)
    rule = policy.sla.clock(clock.rule)
    if rule is None:
        return False
    book = from_pack(policy, calendar_ids(rule))
    if dict(book.hashes) == clock.calendars:
        return False
    found = None
    with suppress(CalendarUnconfirmed):
        found = dated(clock, rule, case, book.calendars)
    if found is None:
        return False
    at_start, planned = found
    await pin(tx, org=org, book=book)
    now = await organisation_now(tx, org)
    change = transitions.start(replace(at_start, calendars=dict(book.hashes)), planned, at=now)
    await clocks.save(tx, [(clock, change.clock)])
    await append(tx, announced(change, occurred_at=now))
    return True
