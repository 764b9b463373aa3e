"""Carry one open clock on: what the case's milestones and facts make of it."""

from typing import Final

import structlog

from services.sla.calendars.rules.errors import CalendarUnconfirmed
from services.sla.calendars.use_cases.pinned_calendars import pinned
from services.sla.cases.use_cases.follow_case import FollowedCase
from services.sla.clocks.rules import transitions
from services.sla.clocks.rules.clock import Change, Clock, Status
from services.sla.clocks.rules.plan import plan
from services.sla.clocks.rules.terms import Calendars, applies, chosen, terms_of_target, warnings_of
from services.sla.clocks.use_cases.start_clock import NO_LONGER_APPLIES, dated
from shared.packs.sla.model.clocks import Clock as ClockRule
from shared.platform.db.transaction import Transaction

_LOG: Final = structlog.get_logger()


async def moved(tx: Transaction, followed: FollowedCase, rule: ClockRule, clock: Clock) -> Change:
    """The clock after the event: milestones in their order, then the goal that the facts call for."""
    event = followed.event
    calendars = await pinned(tx, org=clock.org, hashes=clock.calendars)
    change = Change(clock=clock)
    for name in event.milestones:
        if change.clock.is_open:
            change = _then(change, _at_milestone(change.clock, name, followed, rule, calendars))
    if change.clock.is_open and event.facts is not None:
        change = _then(change, _at_facts(change.clock, followed, rule, calendars))
    return change


def _then(first: Change, second: Change) -> Change:
    return Change(clock=second.clock, events=(*first.events, *second.events))


def _at_milestone(clock: Clock, name: str, followed: FollowedCase, rule: ClockRule, calendars: Calendars) -> Change:
    at = followed.event.at
    if name in rule.stop:
        return transitions.stop(clock, at=at, event=name)
    if name in rule.cancel_on:
        return transitions.cancel(clock, at=at, event=name)
    if name in rule.pause_on and clock.status is Status.RUNNING:
        return transitions.pause(clock, at=at, event=name)
    if name in rule.resume_on and clock.status is Status.PAUSED:
        return _resumed(clock, followed, rule, calendars)
    return Change(clock=clock)


def _resumed(clock: Clock, followed: FollowedCase, rule: ClockRule, calendars: Calendars) -> Change:
    at = followed.event.at
    terms = terms_of_target(rule, clock.dated(), calendars)
    pauses = transitions.end_pause(clock, at=at).pauses
    try:
        planned = plan(terms, started_at=clock.started_at, pauses=pauses, warn=warnings_of(rule))
    except CalendarUnconfirmed as unconfirmed:
        return _undated(transitions.end_pause(clock, at=at), unconfirmed)
    return transitions.resume(clock, planned, at=at)


def _at_facts(clock: Clock, followed: FollowedCase, rule: ClockRule, calendars: Calendars) -> Change:
    recorded_at = followed.event.recorded_at
    if not applies(rule, followed.case):
        return transitions.cancel(clock, at=recorded_at, event=NO_LONGER_APPLIES)
    try:
        return _aimed(clock, followed, rule, calendars)
    except CalendarUnconfirmed as unconfirmed:
        return _undated(clock, unconfirmed)


def _aimed(clock: Clock, followed: FollowedCase, rule: ClockRule, calendars: Calendars) -> Change:
    """The clock under the goal of the facts as they are; unchanged under the same one, and when there is none."""
    case, recorded_at = followed.case, followed.event.recorded_at
    if clock.status is Status.UNDATED:
        found = dated(clock, rule, case, calendars)
        return transitions.start(*found, at=recorded_at) if found is not None else Change(clock=clock)
    terms = chosen(rule, case, calendars, started_at=clock.started_at)
    target = clock.dated()
    if terms is None or (terms.goal, terms.stated) == (target.goal, target.stated):
        return Change(clock=clock)
    planned = plan(terms, started_at=clock.started_at, pauses=clock.pauses, warn=warnings_of(rule))
    return transitions.retarget(clock, planned, at=recorded_at, keep_breach=rule.keep_breach)


def _undated(clock: Clock, unconfirmed: CalendarUnconfirmed) -> Change:
    _LOG.warning("clock_undated", case_id=clock.case_id, clock_id=clock.clock_id, reason=unconfirmed.detail)
    return transitions.undate(clock)
