"""Begin a clock when its start event has happened and its condition holds, now or after a change of facts."""

from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from services.sla.calendars.rules.errors import CalendarUnconfirmed
from services.sla.calendars.rules.instants import instant, micros
from services.sla.calendars.use_cases.pinned_calendars import Book, from_pack, pin
from services.sla.cases.rules import Case, Reached
from services.sla.cases.use_cases.follow_case import FollowedCase
from services.sla.clocks.rules import transitions
from services.sla.clocks.rules.clock import Change, Clock, Severity, Status
from services.sla.clocks.rules.plan import Plan, Terms, plan, usable
from services.sla.clocks.rules.terms import Calendars, applies, calendar_ids, possible, warnings_of
from shared.kernel.ids import new_id
from shared.kernel.text import Text
from shared.packs.sla.model.clocks import Clock as ClockRule
from shared.platform.db.transaction import Transaction

NO_LONGER_APPLIES: Final = "no_longer_applies"
"""What stopped a clock whose condition ceased to hold; it may begin again from the same start."""

_LOG: Final = structlog.get_logger()


async def started(tx: Transaction, followed: FollowedCase, rule: ClockRule, own: list[Clock]) -> Change | None:
    """A new clock, or None when nothing begins. `own` are all clocks that this rule made for the case."""
    case = followed.case
    reached = case.milestones.get(rule.start)
    if reached is None or not _may_begin(rule, case, reached, own) or not applies(rule, case):
        return None
    book = from_pack(followed.policy, calendar_ids(rule))
    clock = _new(rule, case, reached, book)
    try:
        found = dated(clock, rule, case, book.calendars)
    except CalendarUnconfirmed as unconfirmed:
        await pin(tx, org=case.org, book=book)
        _LOG.warning("clock_undated", case_id=case.case_id, clock_id=clock.clock_id, reason=unconfirmed.detail)
        return Change(clock=clock)
    if found is None:
        return None
    await pin(tx, org=case.org, book=book)
    return transitions.start(*found, at=followed.event.recorded_at)


def dated(clock: Clock, rule: ClockRule, case: Case, calendars: Calendars) -> tuple[Clock, Plan] | None:
    """The clock at its true start, and the plan of its goal; None without one. Raises CalendarUnconfirmed."""
    for terms in possible(rule, case, calendars):
        started_at = _opening(terms, clock) if rule.starts_at == "opening" else clock.started_at
        if usable(terms, started_at=started_at):
            planned = plan(terms, started_at=started_at, pauses=clock.pauses, warn=warnings_of(rule))
            return replace(clock, started_at=started_at), planned
    return None


def _opening(terms: Terms, clock: Clock) -> datetime:
    return instant(terms.opening_hours.roll(micros(clock.started_at)))


def _may_begin(rule: ClockRule, case: Case, reached: Reached, own: list[Clock]) -> bool:
    if any(clock.is_open for clock in own):
        return False
    if any(clock.start_seq == reached.seq and clock.stopped_by != NO_LONGER_APPLIES for clock in own):
        return False
    ends = (case.milestones.get(name) for name in (*rule.stop, *rule.cancel_on))
    return not any(end is not None and end.seq > reached.seq for end in ends)


def _new(rule: ClockRule, case: Case, reached: Reached, book: Book) -> Clock:
    return Clock(
        org=case.org,
        case_id=case.case_id,
        clock_id=new_id(),
        rule=rule.id,
        start_seq=reached.seq,
        label=Text(zh=rule.label.zh, en=rule.label.en),
        cite=rule.cite,
        severity=Severity(rule.severity),
        started_at=reached.at,
        status=Status.UNDATED,
        target=None,
        calendars=dict(book.hashes),
    )
