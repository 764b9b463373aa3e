"""The state machine of a clock: one table of actions and statuses, and a function per action.

An instant beyond the due instant first records the breach that a late alarm has not recorded yet, so the outcome does
not depend on which comes first, the alarm or the event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.sla.calendars.rules.counting import Pause
from services.sla.calendars.rules.instants import SMALLEST_STEP
from services.sla.clocks.rules.clock import Breach, Change, Clock, Mark, Severity, Status, Target, Why
from services.sla.clocks.rules.errors import TransitionRefused
from services.sla.clocks.rules.events import Breached, Cancelled, Event, Retargeted, Started, Stopped, Warned
from services.sla.clocks.rules.plan import Plan
from services.sla.clocks.rules.waits import end_pauses, still_since


class Action(StrEnum):
    """What is done to a clock by its case's events, by the calendar, or by people."""

    START = "start"
    UNDATE = "undate"
    RETARGET = "retarget"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    CANCEL = "cancel"


_ENDED: Final = (Status.MET, Status.MISSED)
TRANSITIONS: Final[Mapping[Action, Mapping[Status, tuple[Status, ...]]]] = {
    Action.START: {Status.UNDATED: (Status.RUNNING, Status.PAUSED)},
    Action.UNDATE: {
        Status.UNDATED: (Status.UNDATED,),
        Status.RUNNING: (Status.UNDATED,),
        Status.PAUSED: (Status.UNDATED,),
    },
    Action.RETARGET: {
        Status.UNDATED: (Status.RUNNING, Status.PAUSED),
        Status.RUNNING: (Status.RUNNING,),
        Status.PAUSED: (Status.PAUSED,),
    },
    Action.PAUSE: {
        Status.UNDATED: (Status.UNDATED,),
        Status.RUNNING: (Status.PAUSED,),
        Status.PAUSED: (Status.PAUSED,),
    },
    Action.RESUME: {Status.PAUSED: (Status.RUNNING,)},
    Action.STOP: {Status.UNDATED: (Status.MET,), Status.RUNNING: _ENDED, Status.PAUSED: _ENDED},
    Action.CANCEL: {
        Status.UNDATED: (Status.CANCELLED,),
        Status.RUNNING: (Status.CANCELLED,),
        Status.PAUSED: (Status.CANCELLED,),
    },
}
"""The statuses to which an action may bring a clock, by the status in which it is taken; others refuse the action."""


def breaches_at(due_at: datetime) -> datetime:
    """The first instant at which a clock due then is late."""
    return due_at + SMALLEST_STEP


def start(clock: Clock, plan: Plan, *, at: datetime) -> Change:
    """Date a new clock, or one whose calendar has become known, and let it run unless it waits for something."""
    _require(clock, Action.START)
    running = replace(clock, status=Status.PAUSED if clock.waiting else Status.RUNNING)
    if clock.target is not None:
        return _retargeted(Change(clock=running), running, plan, at=at, why=Why.RETARGET)
    target = _target(plan, generation=1, at=at, why=Why.START)
    return _changed(replace(running, target=target), Started(due_at=target.due_at, cite=target.cite))


def undate(clock: Clock) -> Change:
    """The goal that applies now ends beyond the confirmed days of its calendar: the due instant is unknown."""
    _require(clock, Action.UNDATE)
    return Change(clock=replace(clock, status=Status.UNDATED))


def retarget(clock: Clock, plan: Plan, *, at: datetime, keep_breach: bool = True) -> Change:
    """Another goal applies from the original start. A later due instant that was granted stays."""
    _require(clock, Action.RETARGET)
    if clock.status is Status.UNDATED:
        return start(clock, plan, at=at)
    late = record_missed_breach(clock, at=at)
    marked = mark(late.clock, Mark.SUPERSEDED if keep_breach else Mark.WITHDRAWN)
    return _retargeted(late, marked, plan, at=at, why=Why.RETARGET)


def pause(clock: Clock, *, at: datetime, event: str) -> Change:
    """The clock has a reason, or one more, not to count from `at` on; its alarms do nothing until the last is gone."""
    _require(clock, Action.PAUSE)
    late = record_missed_breach(clock, at=at)
    since = max(at, clock.started_at)
    pauses = (*clock.pauses, Pause(from_at=since, until_at=None, event=event))
    status = Status.UNDATED if clock.status is Status.UNDATED else Status.PAUSED
    return replace(late, clock=replace(late.clock, status=status, pauses=pauses))


def resume(clock: Clock, plan: Plan, *, at: datetime) -> Change:
    """The clock counts again, as nothing is waited for any more; `plan` was made from `end_pauses` of it."""
    _require(clock, Action.RESUME)
    running = replace(end_pauses(clock, at=at), status=Status.RUNNING)
    return _retargeted(Change(clock=running), running, plan, at=at, why=Why.RESUME)


def warn(clock: Clock, *, generation: int, at: datetime) -> Change:
    """A warning alarm fired at `at`. Nothing when the clock does not run or has another target since it was armed.

    Fired after the due instant it is recorded as late.
    """
    if not _is_current(clock, generation):
        return Change(clock=clock)
    return _changed(clock, Warned(due_at=clock.due_at, cite=clock.dated().cite, late=at > clock.due_at))


def pass_due(clock: Clock, *, generation: int) -> Change:
    """The breach alarm fired. Nothing when the clock does not run, has another target, or has breached before."""
    if not _is_current(clock, generation):
        return Change(clock=clock)
    if clock.severity is Severity.WARNING:
        return _changed(clock, Warned(due_at=clock.due_at, cite=clock.dated().cite))
    return record_missed_breach(clock, at=breaches_at(clock.due_at))


def record_missed_breach(clock: Clock, *, at: datetime) -> Change:
    """Record the breach that a late alarm has not recorded yet, when `at` is beyond the due instant."""
    if clock.status is not Status.RUNNING or clock.severity is Severity.WARNING:
        return Change(clock=clock)
    target = clock.dated()
    if at <= target.due_at or clock.breach is not None:
        return Change(clock=clock)
    breached_at = breaches_at(target.due_at)
    breach = Breach(due_at=target.due_at, breached_at=breached_at)
    breached = replace(clock, breaches=(*clock.breaches, breach))
    return _changed(breached, Breached(due_at=target.due_at, cite=target.cite, breached_at=breached_at))


def stop(clock: Clock, *, at: datetime, event: str) -> Change:
    """What was awaited happened at `at`. Met when not after the due instant, whenever it becomes known.

    A paused clock is judged by the instant from which it stood still. A breach recorded before the report came stays
    in the history, marked as reported late.
    """
    _require(clock, Action.STOP)
    match clock.status:
        case Status.UNDATED:
            done = end_pauses(clock, at=at)
            return Change(clock=replace(done, status=Status.MET, stopped_at=at, stopped_by=event))
        case Status.PAUSED:
            met = still_since(clock) <= clock.due_at
            late, done = Change(clock=clock), end_pauses(clock, at=at)
        case _:
            met = at <= clock.due_at
            late = record_missed_breach(clock, at=at)
            done = mark(late.clock, Mark.REPORTED_LATE) if met else late.clock
    return _ended(late, done, at=at, event=event, status=Status.MET if met else Status.MISSED)


def cancel(clock: Clock, *, at: datetime, event: str) -> Change:
    """The clock is no longer wanted. A breach that happened before stands."""
    _require(clock, Action.CANCEL)
    if clock.status is Status.UNDATED:
        done = end_pauses(clock, at=at)
        return Change(clock=replace(done, status=Status.CANCELLED, stopped_at=at, stopped_by=event))
    late = record_missed_breach(clock, at=at)
    return _ended(late, end_pauses(late.clock, at=at), at=at, event=event, status=Status.CANCELLED)


def _require(clock: Clock, action: Action) -> None:
    if clock.status not in TRANSITIONS[action]:
        fields = {"status": clock.status.value, "action": action.value, "clock": clock.rule}
        raise TransitionRefused(fields=fields)


def _is_current(clock: Clock, generation: int) -> bool:
    return clock.status is Status.RUNNING and clock.dated().generation == generation


def _retargeted(late: Change, clock: Clock, plan: Plan, *, at: datetime, why: Why) -> Change:
    """A new target from the plan; a later due instant that was granted outlives the change of goal."""
    previous = clock.dated()
    fresh = _target(plan, generation=previous.generation + 1, at=at, why=why)
    granted = previous.granted_due_at
    if granted is not None:
        fresh = replace(
            fresh,
            due_at=max(fresh.due_at, granted),
            granted_due_at=granted,
            extension_id=previous.extension_id if granted > fresh.due_at else None,
        )
    moved = Retargeted(due_at=fresh.due_at, cite=fresh.cite, previous_due_at=previous.due_at)
    return _changed(_reinstate_breach(replace(clock, target=fresh)), moved, before=late.events)


def _target(plan: Plan, *, generation: int, at: datetime, why: Why) -> Target:
    return Target(
        generation=generation,
        goal=plan.goal,
        cite=plan.cite,
        due_at=plan.due_at,
        original_due_at=plan.due_at,
        warn_at=timely(plan.warn_at, at=at, due_at=plan.due_at),
        set_at=at,
        why=why,
        stated=plan.stated,
    )


def timely(warn_at: Sequence[datetime], *, at: datetime, due_at: datetime) -> tuple[datetime, ...]:
    """The warnings to arm at `at`: later ones and the last earlier one; none once the due instant has passed."""
    if at > due_at:
        return ()
    ahead = [one for one in warn_at if one > at]
    missed = [one for one in warn_at if one <= at]
    return (*missed[-1:], *ahead)


def _ended(late: Change, done: Clock, *, at: datetime, event: str, status: Status) -> Change:
    target = done.dated()
    ended = replace(done, status=status, stopped_at=at, stopped_by=event)
    ended_with: Event = (
        Cancelled(due_at=target.due_at, cite=target.cite, cancelled_at=at)
        if status is Status.CANCELLED
        else Stopped(due_at=target.due_at, cite=target.cite, stopped_at=at, met=status is Status.MET)
    )
    return _changed(ended, ended_with, before=late.events)


def mark(clock: Clock, as_: Mark) -> Clock:
    """The breach of the present due instant, when it stands, marked."""
    return _marked(clock, {Mark.STANDING: as_})


def _reinstate_breach(clock: Clock) -> Clock:
    """The target has a due instant that was breached before another goal replaced it: that breach stands again."""
    return _marked(clock, {Mark.SUPERSEDED: Mark.STANDING, Mark.WITHDRAWN: Mark.STANDING})


def _marked(clock: Clock, marks: Mapping[Mark, Mark]) -> Clock:
    due_at = clock.due_at
    breaches = tuple(
        replace(breach, mark=marks.get(breach.mark, breach.mark)) if breach.due_at == due_at else breach
        for breach in clock.breaches
    )
    return replace(clock, breaches=breaches)


def _changed(clock: Clock, event: Event, *, before: tuple[Event, ...] = ()) -> Change:
    return Change(clock=replace(clock, version=clock.version + 1), events=(*before, event))
