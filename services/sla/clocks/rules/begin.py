"""Beginning a clock: its start event has happened and its condition holds, now or after a change of facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from services.sla.calendars.rules.calendar import Calendar
from services.sla.calendars.rules.errors import CalendarUnconfirmed
from services.sla.calendars.rules.from_pack import Calendars, PackCalendar
from services.sla.calendars.rules.instants import instant, micros
from services.sla.cases.rules import Case, Evaluation, Note, Reached
from services.sla.clocks.rules import transitions
from services.sla.clocks.rules.clock import Change, Clock, Severity, Status
from services.sla.clocks.rules.plan import Plan, Terms, plan, usable
from services.sla.clocks.rules.terms import applies, begins_with, calendar_ids, possible
from shared.packs.sla.model.clocks import Clock as ClockRule

NO_LONGER_APPLIES: Final = "no_longer_applies"
"""What stopped a clock whose condition ceased to hold; it may begin again from the same start."""
SUPERSEDED: Final = "superseded"
"""What stopped a clock whose case became one of a type that the rule is not about: neither met nor missed. Should the
case become one again, so does the clock.
"""
_MAY_RETURN: Final = (NO_LONGER_APPLIES, SUPERSEDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a new clock is made of: its rule, its future id, the calendars, and when its start became known."""

    rule: ClockRule
    clock_id: str
    calendars: Calendars
    recorded_at: datetime


def began(new: Beginning, evaluation: Evaluation, own: Sequence[Clock]) -> Change | None:
    """A new clock, or None when nothing begins. `own` are all clocks that the rule made for the case."""
    rule, case = new.rule, evaluation.case
    reached = begins_with(rule, case)
    if reached is None or not _may_begin(rule, case, reached, own) or not applies(rule, evaluation):
        return None
    found = new.calendars.now(calendar_ids(rule))
    clock = _clock(new, case, reached, found)
    try:
        dating = dated(clock, rule, evaluation, _calendars(found))
    except CalendarUnconfirmed as unconfirmed:
        evaluation.note("clock.undated", reason=unconfirmed.detail, clock_id=clock.clock_id)
        return Change(clock=clock)
    return transitions.start(*dating, at=new.recorded_at) if dating is not None else None


def dated(
    clock: Clock, rule: ClockRule, evaluation: Evaluation, calendars: Mapping[str, Calendar]
) -> tuple[Clock, Plan] | None:
    """The clock at its true start, and the plan of its goal; None without one. Raises CalendarUnconfirmed."""
    for terms in possible(rule, evaluation, calendars):
        started_at = _opening(terms, clock) if rule.starts_at == "opening" else clock.started_at
        if usable(terms, started_at=started_at):
            planned = plan(terms, started_at=started_at, pauses=clock.pauses, warn=rule.warn)
            return replace(clock, started_at=started_at), planned
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redating:
    """An undated clock after another attempt; `change` is None when the calendars still do not reach far enough."""

    change: Change | None
    notes: tuple[Note, ...] = ()


def redated(clock: Clock, rule: ClockRule, case: Case, calendars: Calendars, *, at: datetime) -> Redating:
    """The clock on the calendars as they are now, when these differ from the pinned ones and reach far enough."""
    found = calendars.now(calendar_ids(rule))
    hashes = _hashes(found)
    if clock.status is not Status.UNDATED or hashes == clock.calendars:
        return Redating(change=None)
    evaluation = Evaluation(case)
    try:
        dating = dated(clock, rule, evaluation, _calendars(found))
    except CalendarUnconfirmed:
        dating = None
    if dating is None:
        return Redating(change=None, notes=evaluation.notes)
    at_start, planned = dating
    change = transitions.start(replace(at_start, calendars=hashes), planned, at=at)
    return Redating(change=change, notes=evaluation.notes)


def _opening(terms: Terms, clock: Clock) -> datetime:
    return instant(terms.opening_hours.roll(micros(clock.started_at)))


def _may_begin(rule: ClockRule, case: Case, reached: Reached, own: Sequence[Clock]) -> bool:
    if any(clock.is_open for clock in own):
        return False
    if any(clock.start_seq == reached.seq and clock.stopped_by not in _MAY_RETURN for clock in own):
        return False
    ends = (case.milestones.get(name) for name in (*rule.stop, *rule.cancel_on))
    return not any(end is not None and end.seq > reached.seq for end in ends)


def _clock(new: Beginning, case: Case, reached: Reached, found: Mapping[str, PackCalendar]) -> Clock:
    rule = new.rule
    return Clock(
        org=case.org,
        case_id=case.case_id,
        clock_id=new.clock_id,
        rule=rule.id,
        start_seq=reached.seq,
        label=rule.label,
        cite=rule.cite,
        severity=Severity(rule.severity),
        started_at=reached.at,
        status=Status.UNDATED,
        target=None,
        calendars=_hashes(found),
    )


def _calendars(found: Mapping[str, PackCalendar]) -> dict[str, Calendar]:
    return {calendar_id: each.calendar for calendar_id, each in found.items()}


def _hashes(found: Mapping[str, PackCalendar]) -> dict[str, str]:
    return {calendar_id: each.content_hash for calendar_id, each in found.items()}
