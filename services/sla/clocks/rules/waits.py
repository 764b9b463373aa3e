"""Why a clock stands still: reasons that are open side by side, each ended by its own events.

An event opens one reason, so that the event of a pause tells which reason it is of.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from services.sla.cases.rules import Case
from services.sla.clocks.rules.clock import Clock
from shared.packs.sla.model.clocks import Clock as ClockRule


def opens(rule: ClockRule, clock: Clock, event: str) -> bool:
    """Whether the event is a reason to wait that the clock does not have yet."""
    wait = rule.wait_of(event)
    return wait is not None and not any(pause.event in wait.on for pause in clock.waiting)


def end_waits(rule: ClockRule, clock: Clock, *, at: datetime, event: str) -> Clock:
    """The clock without the reasons that the event closes; the same clock when it closes none."""
    closed = frozenset(name for wait in rule.waits if event in wait.until for name in wait.on)
    return end_pauses(clock, at=at, begun_by=closed, event=event)


def end_known(rule: ClockRule, clock: Clock, case: Case, *, event: str) -> Clock:
    """The clock whose newest reason, which `event` opened, had ended before it became known; else the same clock."""
    wait, since = rule.wait_of(event), clock.pauses[-1].from_at
    reached = ((name, case.milestones.get(name)) for name in (wait.until if wait is not None else ()))
    ends = sorted((one.at, name) for name, one in reached if one is not None and one.at > since)
    return end_pauses(clock, at=ends[0][0], begun_by=(event,), event=ends[0][1]) if ends else clock


def end_pauses(clock: Clock, *, at: datetime, begun_by: Collection[str] | None = None, event: str = "") -> Clock:
    """The clock with the open pauses of those events ended, of all when None; none ends before it began."""
    pauses = tuple(
        replace(pause, until_at=max(at, pause.from_at), ended_by=event)
        if pause.until_at is None and (begun_by is None or pause.event in begun_by)
        else pause
        for pause in clock.pauses
    )
    return clock if pauses == clock.pauses else replace(clock, pauses=pauses)


def still_since(clock: Clock) -> datetime:
    """From when on a paused clock has not counted, through all reasons that followed on one another."""
    since = min(pause.from_at for pause in clock.waiting)
    ended = sorted(((p.until_at, p.from_at) for p in clock.pauses if p.until_at is not None), reverse=True)
    for until_at, from_at in ended:
        if until_at >= since:
            since = min(since, from_at)
    return since
