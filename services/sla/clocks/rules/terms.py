"""A pack's clock rules as the domain takes them: terms with prepared calendars, warnings, extension terms."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

import structlog

from services.sla.calendars.rules.calendar import Calendar
from services.sla.calendars.rules.counting import Duration
from services.sla.calendars.rules.from_pack import duration_of, round_the_clock
from services.sla.cases.rules import Case, holds
from services.sla.clocks.rules.clock import Target
from services.sla.clocks.rules.errors import GoalUnknown
from services.sla.clocks.rules.plan import Lead, LeadUnit, Share, Terms, Warning_, usable
from services.sla.clocks.rules.stated import Stated, stated
from shared.packs.language.expression import ExpressionFailed
from shared.packs.sla.model.clocks import Clock as ClockRule
from shared.packs.sla.model.clocks import Goal, Warn

_LOG: Final = structlog.get_logger()

Calendars = Mapping[str, Calendar]

_LEADS: Final[Mapping[str, tuple[LeadUnit, int]]] = {
    "minute": ("minutes", 1),
    "hour": ("hours", 1),
    "day": ("days", 1),
    "week": ("days", 7),
    "working_hour": ("working_hours", 1),
    "working_day": ("working_days", 1),
}


def possible(rule: ClockRule, case: Case, calendars: Calendars) -> Iterator[Terms]:
    """The goals whose condition holds, in order, without those whose instant the case does not state."""
    for goal in rule.goals:
        if not holds(goal.when, case, cite=goal.cite):
            continue
        length = _length(goal, case)
        if length is not None:
            yield terms_of(goal, length, calendars)


def chosen(rule: ClockRule, case: Case, calendars: Calendars, *, started_at: datetime) -> Terms | None:
    """The first goal that a clock started then can have. Raises CalendarUnconfirmed."""
    return next((terms for terms in possible(rule, case, calendars) if usable(terms, started_at=started_at)), None)


def applies(rule: ClockRule, case: Case) -> bool:
    """Whether the rule is about this case as it is now."""
    return (not rule.case_types or case.case_type in rule.case_types) and holds(rule.when, case, cite=rule.cite)


def calendar_ids(rule: ClockRule) -> list[str]:
    """The calendars that the rule counts on."""
    named = [name for goal in rule.goals for name in (goal.calendar, goal.roll_to, goal.snap_to) if name is not None]
    return list(dict.fromkeys(named))


def terms_of(goal: Goal, length: Duration | Stated, calendars: Calendars) -> Terms:
    """A goal with its calendars prepared."""
    hours = calendars[goal.calendar]
    by_the_clock = goal.duration is not None and not goal.duration.unit.startswith("working_")
    return Terms(
        goal=goal.id,
        cite=goal.cite,
        length=length,
        calendar=round_the_clock(hours) if by_the_clock else hours,
        opening_hours=hours,
        roll_to=calendars[goal.roll_to] if goal.roll_to is not None else None,
        snap_to=calendars[goal.snap_to] if goal.snap_to is not None else None,
    )


def terms_of_target(rule: ClockRule, target: Target, calendars: Calendars) -> Terms:
    """The terms that a running target was made from. Raises GoalUnknown."""
    goal = rule.goal(target.goal)
    if goal is None:
        raise GoalUnknown(fields={"goal": target.goal})
    length = _counted(goal) or stated(target.stated, source=str(goal.at))
    if length is None:
        raise GoalUnknown(fields={"goal": target.goal})
    return terms_of(goal, length, calendars)


def warnings_of(rule: ClockRule) -> tuple[Warning_, ...]:
    """When to warn."""
    return tuple(_warning(warn) for warn in rule.warn)


def _length(goal: Goal, case: Case) -> Duration | Stated | None:
    """How long, or until when; None when the case does not state it."""
    if goal.at is None:
        return _counted(goal)
    try:
        value = goal.at.value(case.context())
    except ExpressionFailed as failure:
        _LOG.warning("stated_instant_failed", case_id=case.case_id, cite=goal.cite, reason=failure.detail)
        return None
    found = stated(value, source=goal.at.source)
    if found is None and value is not None:
        _LOG.warning("stated_instant_unreadable", case_id=case.case_id, cite=goal.cite, goal=goal.id)
    return found


def _counted(goal: Goal) -> Duration | None:
    return duration_of(goal.duration, counts_first_day=goal.counts_first_day) if goal.duration is not None else None


def _warning(warn: Warn) -> Warning_:
    if warn.before is None:
        return Share(percent=warn.percent or 0)
    unit, factor = _LEADS[warn.before.unit]
    return Lead(amount=warn.before.amount * factor, unit=unit)
