"""What each action leaves on the clock and announces, as a whole."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from services.sla.calendars.rules.counting import Pause
from services.sla.clocks.rules import transitions as t
from services.sla.clocks.rules.clock import Breach, Change, Clock, Mark, Severity, Status, Target, Why
from services.sla.clocks.rules.errors import TransitionRefused
from services.sla.clocks.rules.events import Breached, Cancelled, Event, Retargeted, Started, Stopped, Warned
from tests.support.calendars import cst
from tests.unit.sla.test_transitions import DUE, LATE, MAJOR, NOON, START, a_plan, paused, running, undated

CITE = "LG-35c Art.35"
FIRST = Target(
    generation=1,
    goal="normal",
    cite=CITE,
    due_at=DUE,
    original_due_at=DUE,
    warn_at=(),
    set_at=START,
    why=Why.START,
)
SECOND = replace(FIRST, generation=2, due_at=MAJOR, original_due_at=MAJOR, set_at=NOON)
LAB = Pause(from_at=cst("2026-03-09T09:00"), until_at=None, event="lab")
LAB_UNTIL_NOON = replace(LAB, until_at=NOON)
BREACH = Breach(due_at=DUE, breached_at=LATE)
MOVED = Retargeted(due_at=MAJOR, cite=CITE, previous_due_at=DUE)
UNDATED_AGAIN = replace(running(), status=Status.UNDATED)
BREACHED = t.pass_due(running(), generation=1).clock
PAUSED_AT_DUE = t.pause(running(), at=DUE, event="lab").clock
REMINDER = running(severity=Severity.WARNING)


def ended(clock: Clock, status: Status, **changes: object) -> Clock:
    event = "closed" if status is Status.CANCELLED else "done"
    return replace(clock, status=status, stopped_by=event, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("act", "clock", "events"),
    [
        pytest.param(
            lambda: t.start(undated(), replace(a_plan(), stated="2026-03-16"), at=START),
            replace(undated(), status=Status.RUNNING, target=replace(FIRST, stated="2026-03-16"), version=1),
            (Started(due_at=DUE, cite=CITE),),
            id="a new clock is dated",
        ),
        pytest.param(
            lambda: t.start(UNDATED_AGAIN, a_plan(MAJOR), at=NOON),
            replace(running(), target=replace(SECOND, why=Why.RETARGET), version=2),
            (MOVED,),
            id="a clock that had a due instant is dated again",
        ),
        pytest.param(
            lambda: t.retarget(running(), a_plan(MAJOR, goal="major"), at=NOON),
            replace(running(), target=replace(SECOND, goal="major", why=Why.RETARGET), version=2),
            (MOVED,),
            id="another goal applies",
        ),
        pytest.param(
            lambda: t.pause(running(), at=NOON, event="lab"),
            replace(running(), status=Status.PAUSED, pauses=(replace(LAB, from_at=NOON),)),
            (),
            id="a pause begins",
        ),
        pytest.param(
            lambda: t.resume(paused(), a_plan(MAJOR), at=NOON),
            replace(running(), target=replace(SECOND, why=Why.RESUME), pauses=(LAB_UNTIL_NOON,), version=2),
            (MOVED,),
            id="a pause ends",
        ),
        pytest.param(
            lambda: t.stop(undated(), at=NOON, event="done"),
            ended(undated(), Status.MET, stopped_at=NOON),
            (),
            id="what has no due instant is met",
        ),
        pytest.param(
            lambda: t.stop(running(), at=NOON, event="done"),
            ended(running(), Status.MET, stopped_at=NOON, version=2),
            (Stopped(due_at=DUE, cite=CITE, stopped_at=NOON, met=True),),
            id="done in time",
        ),
        pytest.param(
            lambda: t.stop(running(), at=LATE, event="done"),
            ended(running(), Status.MISSED, stopped_at=LATE, breaches=(BREACH,), version=3),
            (
                Breached(due_at=DUE, cite=CITE, breached_at=LATE),
                Stopped(due_at=DUE, cite=CITE, stopped_at=LATE, met=False),
            ),
            id="done late",
        ),
        pytest.param(
            lambda: t.stop(BREACHED, at=LATE, event="done"),
            ended(BREACHED, Status.MISSED, stopped_at=LATE, version=3),
            (Stopped(due_at=DUE, cite=CITE, stopped_at=LATE, met=False),),
            id="done late after the alarm",
        ),
        pytest.param(
            lambda: t.stop(paused(), at=NOON, event="done"),
            ended(running(), Status.MET, stopped_at=NOON, pauses=(LAB_UNTIL_NOON,), version=2),
            (Stopped(due_at=DUE, cite=CITE, stopped_at=NOON, met=True),),
            id="done while it stood still",
        ),
        pytest.param(
            lambda: t.stop(PAUSED_AT_DUE, at=MAJOR, event="done"),
            ended(
                running(),
                Status.MET,
                stopped_at=MAJOR,
                pauses=(Pause(from_at=DUE, until_at=MAJOR, event="lab"),),
                version=2,
            ),
            (Stopped(due_at=DUE, cite=CITE, stopped_at=MAJOR, met=True),),
            id="done while it stood still from its due instant on",
        ),
        pytest.param(
            lambda: t.cancel(undated(), at=NOON, event="closed"),
            ended(undated(), Status.CANCELLED, stopped_at=NOON),
            (),
            id="what has no due instant is cancelled",
        ),
        pytest.param(
            lambda: t.cancel(paused(), at=NOON, event="closed"),
            ended(running(), Status.CANCELLED, stopped_at=NOON, pauses=(LAB_UNTIL_NOON,), version=2),
            (Cancelled(due_at=DUE, cite=CITE, cancelled_at=NOON),),
            id="cancelled while it stood still",
        ),
        pytest.param(
            lambda: t.pass_due(REMINDER, generation=1),
            replace(REMINDER, version=2),
            (Warned(due_at=DUE, cite=CITE),),
            id="a reminder passes its due instant",
        ),
    ],
)
def test_an_action_leaves_this_clock_and_announces_it(
    act: Callable[[], Change], clock: Clock, events: tuple[Event, ...]
) -> None:
    assert act() == Change(clock=clock, events=events)


@pytest.mark.parametrize(
    ("granted", "due_at", "extension_id"),
    [(cst("2026-03-20T17:00"), cst("2026-03-20T17:00"), "e"), (DUE, DUE, None), (NOON, DUE, None)],
)
def test_a_later_granted_instant_outlives_another_goal_and_names_its_extension(
    granted: object, due_at: object, extension_id: str | None
) -> None:
    clock = running()
    extended = replace(clock.dated(), granted_due_at=granted, due_at=granted, extension_id="e")  # type: ignore[arg-type]
    target = t.retarget(replace(clock, target=extended), a_plan(), at=NOON).clock.dated()
    assert (target.due_at, target.original_due_at, target.granted_due_at) == (due_at, DUE, granted)
    assert target.extension_id == extension_id


@pytest.mark.parametrize("mark", [Mark.EXCUSED, Mark.EXTENDED_LATE, Mark.REPORTED_LATE])
def test_a_breach_that_was_dealt_with_keeps_its_mark_when_another_goal_applies(mark: Mark) -> None:
    settled = replace(BREACHED, breaches=(replace(BREACH, mark=mark),))
    assert t.retarget(settled, a_plan(MAJOR), at=LATE).clock.breaches == (replace(BREACH, mark=mark),)


def test_a_clock_without_a_due_instant_says_so() -> None:
    with pytest.raises(TransitionRefused) as refused:
        undated().dated()
    assert refused.value.fields == {"status": "undated", "action": "date"}
