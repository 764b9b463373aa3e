"""The transitions of a clock. Each names every status; what a status forbids is refused with both names.

An instant beyond the due instant first records the breach that a late timer has not recorded yet, so the
outcome does not depend on who comes first, the timer or the event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.sla.calendars.rules.counting import Pause
from services.sla.calendars.rules.instants import SMALLEST_STEP
from services.sla.clocks.rules.clock import Breach, Change, Clock, Mark, Severity, Status, Target, Why
from services.sla.clocks.rules.errors import TransitionRefused
from services.sla.clocks.rules.events import Breached, Cancelled, Event, Retargeted, Started, Stopped, Warned
from services.sla.clocks.rules.plan import Plan


def breaches_at(due_at: datetime) -> datetime:
    """The first instant at which a clock due then is late."""
    return due_at + SMALLEST_STEP


def start(clock: Clock, plan: Plan, *, at: datetime) -> Change:
    """Date a new clock, or one whose calendar has become known, and let it run."""
    match clock.status:
        case Status.UNDATED if clock.target is not None:
            running = replace(clock, status=Status.RUNNING)
            return _aimed(Change(clock=running), running, plan, at=at, why=Why.RETARGET)
        case Status.UNDATED:
            target = _target(plan, gen=1, at=at, why=Why.START)
            running = replace(clock, status=Status.RUNNING, target=target)
            return _changed(running, Started(due_at=target.due_at, cite=target.cite))
        case Status.RUNNING | Status.PAUSED | Status.MET | Status.MISSED | Status.CANCELLED:
            raise _refused(clock, "start")


def undate(clock: Clock) -> Change:
    """The goal that applies now ends beyond the confirmed days of its calendar: the due instant is unknown."""
    match clock.status:
        case Status.RUNNING | Status.PAUSED | Status.UNDATED:
            return Change(clock=replace(clock, status=Status.UNDATED))
        case Status.MET | Status.MISSED | Status.CANCELLED:
            raise _refused(clock, "undate")


def retarget(clock: Clock, plan: Plan, *, at: datetime, keep_breach: bool = True) -> Change:
    """Another goal applies from the original start. A later due instant that was granted stays."""
    match clock.status:
        case Status.UNDATED:
            return start(clock, plan, at=at)
        case Status.RUNNING | Status.PAUSED:
            late = overtake(clock, at=at)
            marked = mark(late.clock, Mark.SUPERSEDED if keep_breach else Mark.WITHDRAWN)
            return _aimed(late, marked, plan, at=at, why=Why.RETARGET)
        case Status.MET | Status.MISSED | Status.CANCELLED:
            raise _refused(clock, "retarget")


def pause(clock: Clock, *, at: datetime, event: str) -> Change:
    """The clock stands still from `at`; its timers do nothing until it goes on."""
    match clock.status:
        case Status.RUNNING:
            late = overtake(clock, at=at)
            since = max(at, clock.started_at)
            pauses = (*clock.pauses, Pause(from_at=since, until_at=None, event=event))
            return replace(late, clock=replace(late.clock, status=Status.PAUSED, pauses=pauses))
        case Status.UNDATED | Status.PAUSED | Status.MET | Status.MISSED | Status.CANCELLED:
            raise _refused(clock, "pause")


def end_pause(clock: Clock, *, at: datetime) -> Clock:
    """The same clock with its open pause ended, for dating it again; not before the pause began."""
    *before, last = clock.pauses
    return replace(clock, pauses=(*before, replace(last, until_at=max(at, last.from_at))))


def resume(clock: Clock, plan: Plan, *, at: datetime) -> Change:
    """The clock goes on; `plan` was made from `end_pause` of it."""
    match clock.status:
        case Status.PAUSED:
            running = replace(end_pause(clock, at=at), status=Status.RUNNING)
            return _aimed(Change(clock=running), running, plan, at=at, why=Why.RESUME)
        case Status.UNDATED | Status.RUNNING | Status.MET | Status.MISSED | Status.CANCELLED:
            raise _refused(clock, "resume")


def warn(clock: Clock, *, gen: int) -> Change:
    """A warning timer fired. Nothing when the clock has moved on since it was armed."""
    match clock.status:
        case Status.RUNNING if clock.dated().gen == gen:
            return _changed(clock, Warned(due_at=clock.due_at, cite=clock.dated().cite))
        case Status.RUNNING | Status.UNDATED | Status.PAUSED | Status.MET | Status.MISSED | Status.CANCELLED:
            return Change(clock=clock)


def pass_due(clock: Clock, *, gen: int) -> Change:
    """The timer behind the due instant fired. Nothing when the clock has moved on or breached before."""
    match clock.status:
        case Status.RUNNING if clock.dated().gen == gen:
            if clock.severity is Severity.WARNING:
                return _changed(clock, Warned(due_at=clock.due_at, cite=clock.dated().cite))
            return overtake(clock, at=breaches_at(clock.due_at))
        case Status.RUNNING | Status.UNDATED | Status.PAUSED | Status.MET | Status.MISSED | Status.CANCELLED:
            return Change(clock=clock)


def overtake(clock: Clock, *, at: datetime) -> Change:
    """Record the breach that a late timer has not recorded yet, when `at` is beyond the due instant."""
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

    A breach fired before the report came stays in the history, marked as reported late.
    """
    match clock.status:
        case Status.RUNNING:
            late = overtake(clock, at=at)
            met = at <= clock.due_at
            done = mark(late.clock, Mark.REPORTED_LATE) if met else late.clock
            return _ended(late, done, at=at, event=event, status=Status.MET if met else Status.MISSED)
        case Status.PAUSED:
            met = clock.pauses[-1].from_at <= clock.due_at
            done = end_pause(clock, at=at)
            ended = Status.MET if met else Status.MISSED
            return _ended(Change(clock=clock), done, at=at, event=event, status=ended)
        case Status.UNDATED:
            return Change(clock=replace(clock, status=Status.MET, stopped_at=at, stopped_by=event))
        case Status.MET | Status.MISSED | Status.CANCELLED:
            raise _refused(clock, "stop")


def cancel(clock: Clock, *, at: datetime, event: str) -> Change:
    """The clock is no longer wanted. A breach that happened before stands."""
    match clock.status:
        case Status.RUNNING | Status.PAUSED:
            late = overtake(clock, at=at)
            done = end_pause(late.clock, at=at) if clock.status is Status.PAUSED else late.clock
            return _ended(late, done, at=at, event=event, status=Status.CANCELLED)
        case Status.UNDATED:
            return Change(clock=replace(clock, status=Status.CANCELLED, stopped_at=at, stopped_by=event))
        case Status.MET | Status.MISSED | Status.CANCELLED:
            raise _refused(clock, "cancel")


def _aimed(late: Change, clock: Clock, plan: Plan, *, at: datetime, why: Why) -> Change:
    """A new target from the plan; a later due instant that somebody granted outlives the change of goal."""
    previous = clock.dated()
    fresh = _target(plan, gen=previous.gen + 1, at=at, why=why)
    granted = previous.granted_due_at
    if granted is not None:
        fresh = replace(
            fresh,
            due_at=max(fresh.due_at, granted),
            granted_due_at=granted,
            extension_id=previous.extension_id if granted > fresh.due_at else None,
        )
    moved = Retargeted(due_at=fresh.due_at, cite=fresh.cite, previous_due_at=previous.due_at)
    return _changed(_stand_again(replace(clock, target=fresh)), moved, before=late.events)


def _target(plan: Plan, *, gen: int, at: datetime, why: Why) -> Target:
    return Target(
        gen=gen,
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
    """The warnings to arm at `at`: those ahead and the last one missed; none once the due instant has passed."""
    if at > due_at:
        return ()
    ahead = [one for one in warn_at if one > at]
    missed = [one for one in warn_at if one <= at]
    return (*missed[-1:], *ahead)


def _ended(late: Change, done: Clock, *, at: datetime, event: str, status: Status) -> Change:
    target = done.dated()
    ended = replace(done, status=status, stopped_at=at, stopped_by=event)
    told: Event = (
        Cancelled(due_at=target.due_at, cite=target.cite, cancelled_at=at)
        if status is Status.CANCELLED
        else Stopped(due_at=target.due_at, cite=target.cite, stopped_at=at, met=status is Status.MET)
    )
    return _changed(ended, told, before=late.events)


def mark(clock: Clock, as_: Mark) -> Clock:
    """The breach of the present due instant, when it stands, marked."""
    return _marked(clock, {Mark.STANDING: as_})


def _stand_again(clock: Clock) -> Clock:
    """Back at a due instant that was breached before another goal replaced it: that breach stands again."""
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


def _refused(clock: Clock, action: str) -> TransitionRefused:
    return TransitionRefused(fields={"status": clock.status.value, "action": action, "clock": clock.rule})
