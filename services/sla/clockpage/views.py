"""A clock and its explanation as JSON."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel

from services.sla.calendars.rules.counting import Pause
from services.sla.clockpage.rules import DayLine
from services.sla.clockpage.store import ShownClock
from services.sla.clockpage.use_cases.explain_clock import ExplainedClock
from services.sla.clocks.rules.clock import Breach, Mark, Status, Target, Why
from services.sla.extensions.views import ExtensionView, extension_view
from shared.kernel.text import Text
from shared.packs.sla.model.clocks import Clock as ClockRule
from shared.platform.http.one_of import one_of


class BreachView(BaseModel):
    """A due instant that passed. `mark` says what a later fact made of it; `standing` when none did."""

    due_at: datetime
    breached_at: datetime
    mark: Annotated[str, one_of(Mark)]
    reason: str
    marked_by: str


class PauseView(BaseModel):
    """A stretch of time that the clock did not count."""

    from_at: datetime
    until_at: datetime | None
    event: str
    ended_by: str | None


class WaitView(BaseModel):
    """A reason for which the clock stands still now, and the events of the pack that end it."""

    event: str
    from_at: datetime
    until: list[str]
    label: Text | None
    cite: str


class ClockView(BaseModel):
    """A clock. `due_at` is null while the calendar is not confirmed far enough (state `undated`)."""

    clock_id: str
    case_id: str
    clock: str
    label: Text
    state: Annotated[str, one_of(Status)]
    breached: bool
    started_at: datetime
    due_at: datetime | None
    original_due_at: datetime | None
    stopped_at: datetime | None
    stopped_by: str | None
    goal: str | None
    cite: str
    breaches: list[BreachView]
    extensions: list[ExtensionView]
    pauses: list[PauseView]
    waiting: list[str]


class DayView(BaseModel):
    """One day, counted or skipped, and why. `minutes` where open minutes are what is counted."""

    date: date
    counted: bool
    ordinal: int | None
    minutes: int | None
    reason: Text


class StatedView(BaseModel):
    """The instant or date that the case states, and the pack's expression that it comes from (`facts.promised_on`)."""

    source: str
    value: str


class TargetView(BaseModel):
    """One due instant that the clock had, and why it was set; `stated` when the case itself stated it."""

    due_at: datetime
    original_due_at: datetime
    goal: str
    stated: str | None
    why: Annotated[str, one_of(Why)]
    set_at: datetime
    extension_id: str | None
    cite: str


class CalendarView(BaseModel):
    """The calendar as it was pinned."""

    id: str
    content_hash: str
    zone: str
    confirmed_until: date | None


class ClockExplanation(BaseModel):
    """From the start to the due instant: the goal, each day, every target, breach and extension."""

    clock_id: str
    case_id: str
    clock: str
    label: Text
    state: Annotated[str, one_of(Status)]
    started_at: datetime
    due_at: datetime | None
    original_due_at: datetime | None
    goal: str | None
    goal_due_at: datetime | None
    stated: StatedView | None
    calendar: CalendarView | None
    days: list[DayView]
    pauses: list[PauseView]
    waiting: list[WaitView]
    targets: list[TargetView]
    breaches: list[BreachView]
    extensions: list[ExtensionView]
    cite: str


def clock_view(shown: ShownClock) -> ClockView:
    """A clock as JSON."""
    clock = shown.clock
    target = clock.target
    return ClockView(
        clock_id=clock.clock_id,
        case_id=clock.case_id,
        clock=clock.rule,
        label=clock.label,
        state=clock.status.value,
        breached=clock.breach is not None,
        started_at=clock.started_at,
        due_at=target.due_at if target else None,
        original_due_at=target.original_due_at if target else None,
        stopped_at=clock.stopped_at,
        stopped_by=clock.stopped_by or None,
        goal=target.goal if target else None,
        cite=target.cite if target else clock.cite,
        breaches=[_breach(breach) for breach in clock.breaches],
        extensions=[extension_view(extension) for extension in shown.extensions],
        pauses=[_pause(pause) for pause in clock.pauses],
        waiting=[pause.event for pause in clock.waiting],
    )


def explanation_view(explained: ExplainedClock) -> ClockExplanation:
    """An explanation as JSON."""
    clock = clock_view(explained.shown)
    explanation = explained.explanation
    return ClockExplanation(
        clock_id=clock.clock_id,
        case_id=clock.case_id,
        clock=clock.clock,
        label=clock.label,
        state=clock.state,
        started_at=clock.started_at,
        due_at=clock.due_at,
        original_due_at=clock.original_due_at,
        goal=clock.goal,
        goal_due_at=explanation.due_at if explanation else None,
        stated=_stated(explained),
        calendar=_calendar(explained),
        days=[_day(line) for line in explanation.days] if explanation else [],
        pauses=clock.pauses,
        waiting=[_wait(pause, explained.ruled.rule) for pause in explained.ruled.clock.waiting],
        targets=[_target(target) for target in explained.targets],
        breaches=clock.breaches,
        extensions=clock.extensions,
        cite=clock.cite,
    )


def _breach(breach: Breach) -> BreachView:
    return BreachView(
        due_at=breach.due_at,
        breached_at=breach.breached_at,
        mark=breach.mark.value,
        reason=breach.reason,
        marked_by=breach.marked_by,
    )


def _pause(pause: Pause) -> PauseView:
    return PauseView(from_at=pause.from_at, until_at=pause.until_at, event=pause.event, ended_by=pause.ended_by or None)


def _wait(pause: Pause, rule: ClockRule) -> WaitView:
    wait = rule.wait_of(pause.event)
    return WaitView(
        event=pause.event,
        from_at=pause.from_at,
        until=list(wait.until) if wait is not None else [],
        label=wait.label if wait is not None else None,
        cite=wait.cite if wait is not None and wait.cite is not None else rule.cite,
    )


def _day(line: DayLine) -> DayView:
    return DayView(date=line.on, counted=line.counted, ordinal=line.ordinal, minutes=line.minutes, reason=line.reason)


def _target(target: Target) -> TargetView:
    return TargetView(
        due_at=target.due_at,
        original_due_at=target.original_due_at,
        goal=target.goal,
        stated=target.stated,
        why=target.why.value,
        set_at=target.set_at,
        extension_id=target.extension_id,
        cite=target.cite,
    )


def _stated(explained: ExplainedClock) -> StatedView | None:
    target = explained.ruled.clock.target
    goal = explained.ruled.rule.goal(target.goal) if target else None
    if target is None or target.stated is None or goal is None:
        return None
    return StatedView(source=str(goal.at), value=target.stated)


def _calendar(explained: ExplainedClock) -> CalendarView | None:
    clock = explained.ruled.clock
    goal = explained.ruled.rule.goal(clock.target.goal) if clock.target else None
    if goal is None:
        return None
    spec = explained.ruled.calendars[goal.calendar].spec
    return CalendarView(
        id=goal.calendar,
        content_hash=clock.calendars[goal.calendar],
        zone=spec.zone,
        confirmed_until=None if spec.continuous else spec.last_on,
    )
