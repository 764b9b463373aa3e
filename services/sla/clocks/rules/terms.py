"""A pack's clock rule over a case: whether it applies, and the terms of its goals with their calendars."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from services.sla.calendars.rules.calendar import Calendar
from services.sla.calendars.rules.from_pack import round_the_clock
from services.sla.cases.rules import Case, Evaluation, Reached
from services.sla.clocks.rules.clock import Target
from services.sla.clocks.rules.errors import GoalUnknown
from services.sla.clocks.rules.plan import Terms, usable
from services.sla.clocks.rules.stated import Stated, stated
from shared.packs.language.durations import Duration
from shared.packs.sla.model.clocks import Clock as ClockRule
from shared.packs.sla.model.clocks import Goal


def applies(rule: ClockRule, evaluation: Evaluation) -> bool:
    """Whether the rule is about the case as it is now."""
    return concerns(rule, evaluation.case) and evaluation.holds(rule.when, cite=rule.cite)


def concerns(rule: ClockRule, case: Case) -> bool:
    """Whether the rule is about cases of this type."""
    return not rule.case_types or case.case_type in rule.case_types


def begins_with(rule: ClockRule, case: Case) -> Reached | None:
    """What starts a clock of the rule: its event, or the change of type where that made the case one of its types after
    the event. None before.
    """
    reached = case.milestones.get(rule.start)
    if reached is None or not rule.case_types or rule.after_type_change == "start":
        return reached
    return case.since(reached, as_one_of=rule.case_types)


def possible(rule: ClockRule, evaluation: Evaluation, calendars: Mapping[str, Calendar]) -> Iterator[Terms]:
    """The goals whose condition holds, in order, without those whose instant the case does not state."""
    for goal in rule.goals:
        if not evaluation.holds(goal.when, cite=goal.cite):
            continue
        length = goal.duration or _stated(goal, evaluation)
        if length is not None:
            yield terms_of(goal, length, calendars)


def chosen(
    rule: ClockRule, evaluation: Evaluation, calendars: Mapping[str, Calendar], *, started_at: datetime
) -> Terms | None:
    """The first goal that a clock started then can have. Raises CalendarUnconfirmed."""
    candidates = possible(rule, evaluation, calendars)
    return next((terms for terms in candidates if usable(terms, started_at=started_at)), None)


def calendar_ids(rule: ClockRule) -> list[str]:
    """The calendars that the rule counts on."""
    named = [name for goal in rule.goals for name in (goal.calendar, goal.roll_to, goal.snap_to) if name is not None]
    return list(dict.fromkeys(named))


def terms_of(goal: Goal, length: Duration | Stated, calendars: Mapping[str, Calendar]) -> Terms:
    """A goal with its calendars."""
    hours = calendars[goal.calendar]
    in_elapsed_time = isinstance(length, Duration) and not length.is_working_time
    return Terms(
        goal=goal.id,
        cite=goal.cite,
        length=length,
        counts_first_day=goal.counts_first_day,
        calendar=round_the_clock(hours) if in_elapsed_time else hours,
        opening_hours=hours,
        roll_to=calendars[goal.roll_to] if goal.roll_to is not None else None,
        snap_to=calendars[goal.snap_to] if goal.snap_to is not None else None,
    )


def terms_of_target(rule: ClockRule, target: Target, calendars: Mapping[str, Calendar]) -> Terms:
    """The terms that a running target was made from. Raises GoalUnknown."""
    goal = rule.goal(target.goal)
    if goal is None:
        raise GoalUnknown(fields={"goal": target.goal})
    length = goal.duration or stated(target.stated, source=str(goal.at))
    if length is None:
        raise GoalUnknown(fields={"goal": target.goal})
    return terms_of(goal, length, calendars)


def _stated(goal: Goal, evaluation: Evaluation) -> Stated | None:
    """The due instant that the case states, when it states one that can be read."""
    if goal.at is None:
        return None
    value = evaluation.value(goal.at, cite=goal.cite, name="stated_instant")
    found = stated(value, source=goal.at.source)
    if found is None and value is not None:
        evaluation.note("stated_instant.unreadable", reason=f"goal {goal.id}", cite=goal.cite)
    return found
