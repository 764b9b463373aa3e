"""A pack's clock rules as the domain takes them: terms with prepared calendars, warnings, extension terms."""

from collections.abc import Mapping
from typing import Final

import structlog

from services.sla.domain.calendar import Calendar
from services.sla.domain.case import Case
from services.sla.domain.extension import ExtensionTerms
from services.sla.domain.goal import Duration, Unit
from services.sla.domain.plan import Lead, LeadUnit, Share, Terms, Warning_
from services.sla.domain.working_days import CalendarSpec
from services.sla.use_cases.calendars import prepared
from shared.errors import Conflict
from shared.policy.expressions import ExpressionFailed
from shared.policy.section import Duration as DurationRule
from shared.policy.section import Expr
from shared.policy.sections.sla import Clock as ClockRule
from shared.policy.sections.sla import Extension as ExtensionRule
from shared.policy.sections.sla import Goal, Warn

_LOG: Final = structlog.get_logger()

Calendars = Mapping[str, Calendar]

_UNITS: Final[Mapping[str, tuple[Unit, int]]] = {
    "minute": ("minutes", 1),
    "hour": ("hours", 1),
    "day": ("days", 1),
    "week": ("days", 7),
    "month": ("months", 1),
    "year": ("years", 1),
    "working_hour": ("hours", 1),
    "working_day": ("days", 1),
}
_LEADS: Final[Mapping[str, tuple[LeadUnit, int]]] = {
    "minute": ("minutes", 1),
    "hour": ("hours", 1),
    "day": ("days", 1),
    "week": ("days", 7),
    "working_hour": ("working_hours", 1),
    "working_day": ("working_days", 1),
}


class GoalUnknown(Conflict):
    """The clock's goal is not in the pack version that its case is pinned to."""

    code = "goal_unknown"


def goal_for(rule: ClockRule, case: Case) -> Goal | None:
    """The first goal whose condition holds."""
    return next((goal for goal in rule.goals if _holds(goal.when, case, cite=goal.cite)), None)


def applies(rule: ClockRule, case: Case) -> bool:
    """Whether the rule is about this case as it is now."""
    return (not rule.case_types or case.case_type in rule.case_types) and _holds(rule.when, case, cite=rule.cite)


def _holds(condition: Expr, case: Case, *, cite: str) -> bool:
    """A condition that cannot be computed (a fact that nobody knows yet, compared) does not hold yet."""
    try:
        return condition.holds(case.context())
    except ExpressionFailed as failure:
        _LOG.warning("condition_failed", case_id=case.case_id, cite=cite, reason=failure.detail)
        return False


def calendar_ids(rule: ClockRule) -> list[str]:
    """The calendars that the rule counts on."""
    named = [name for goal in rule.goals for name in (goal.calendar, goal.roll_to) if name is not None]
    return list(dict.fromkeys(named))


def terms_of(goal: Goal, calendars: Calendars) -> Terms:
    """A goal with its calendars prepared."""
    hours = calendars[goal.calendar]
    return Terms(
        goal=goal.id,
        cite=goal.cite,
        duration=_duration(goal.duration, counts_first_day=goal.counts_first_day),
        calendar=hours if goal.duration.unit.startswith("working_") else _round_the_clock(hours),
        opening_hours=hours,
        roll_to=calendars[goal.roll_to] if goal.roll_to is not None else None,
    )


def terms_of_target(rule: ClockRule, goal_id: str, calendars: Calendars) -> Terms:
    """The terms that a running target was made from. Raises GoalUnknown."""
    goal = rule.goal(goal_id)
    if goal is None:
        raise GoalUnknown(fields={"goal": goal_id})
    return terms_of(goal, calendars)


def warnings_of(rule: ClockRule) -> tuple[Warning_, ...]:
    """When to warn."""
    return tuple(_warning(warn) for warn in rule.warn)


def extension_terms(rule: ExtensionRule) -> ExtensionTerms:
    """What the pack allows by way of extension."""
    return ExtensionTerms(
        requires_opinion=rule.requires_opinion,
        approver_role=rule.approver_role,
        max_count=rule.max_count,
        max_requests=rule.max_requests,
        max_days=rule.max_days,
        after_breach=rule.after_breach == "allow",
        cite=rule.cite,
    )


def _duration(rule: DurationRule, *, counts_first_day: bool) -> Duration:
    unit, factor = _UNITS[rule.unit]
    return Duration(amount=rule.amount * factor, unit=unit, counts_first_day=counts_first_day)


def _round_the_clock(hours: Calendar) -> Calendar:
    return prepared(CalendarSpec(zone=hours.spec.zone, continuous=True))


def _warning(warn: Warn) -> Warning_:
    if warn.before is None:
        return Share(percent=warn.percent or 0)
    unit, factor = _LEADS[warn.before.unit]
    return Lead(amount=warn.before.amount * factor, unit=unit)
