"""The state machine of a clock: every action in every status, the due instant from both sides, what becomes of a breach."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla.clocks.rules import transitions as t
from services.sla.clocks.rules.clock import Change, Clock, Mark, Severity, Status
from services.sla.clocks.rules.errors import TransitionRefused
from services.sla.clocks.rules.events import Breached, Event, Retargeted, Started, Stopped, Warned
from services.sla.clocks.rules.plan import Plan
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.text import Text
from tests.support.calendars import cst

START = cst("2026-03-05T10:00")
DUE = cst("2026-03-16T17:00")
MAJOR = cst("2026-04-02T17:00")
LATE = cst("2026-03-16T17:00:00.001")


def a_plan(due_at: datetime = DUE, *, goal: str = "normal", warn_at: tuple[datetime, ...] = ()) -> Plan:
    return Plan(goal=goal, cite="LG-35c Art.35", due_at=due_at, warn_at=warn_at)


def undated(**changes: object) -> Clock:
    clock = Clock(
        org=OrgId("o"),
        case_id=CaseId("c"),
        clock_id="k",
        rule="cycle",
        start_seq=1,
        label=Text(zh="周期", en="Cycle"),
        cite="LG-35c Art.35",
        severity=Severity.BREACH,
        started_at=START,
        status=Status.UNDATED,
        target=None,
        calendars={},
    )
    return replace(clock, **changes)  # type: ignore[arg-type]


def running(**changes: object) -> Clock:
    return t.start(undated(**changes), a_plan(), at=START).clock


def paused() -> Clock:
    return t.pause(running(), at=cst("2026-03-09T09:00"), event="lab").clock


CLOCKS: dict[Status, Clock] = {
    Status.UNDATED: undated(),
    Status.RUNNING: running(),
    Status.PAUSED: paused(),
    Status.MET: t.stop(running(), at=DUE, event="done").clock,
    Status.MISSED: t.stop(running(), at=LATE, event="done").clock,
    Status.CANCELLED: t.cancel(running(), at=START, event="closed").clock,
}
NOON = cst("2026-03-10T12:00")
ACTIONS: dict[str, Callable[[Clock], Change]] = {
    "start": lambda clock: t.start(clock, a_plan(), at=NOON),
    "retarget": lambda clock: t.retarget(clock, a_plan(MAJOR, goal="major"), at=NOON),
    "undate": t.undate,
    "pause": lambda clock: t.pause(clock, at=NOON, event="lab"),
    "resume": lambda clock: t.resume(clock, a_plan(MAJOR), at=NOON),
    "stop": lambda clock: t.stop(clock, at=NOON, event="done"),
    "cancel": lambda clock: t.cancel(clock, at=NOON, event="closed"),
}
U, R, P, MET, X = Status.UNDATED, Status.RUNNING, Status.PAUSED, Status.MET, Status.CANCELLED
ENDED = (Status.MET, Status.MISSED, Status.CANCELLED)
ALLOWED: dict[str, dict[Status, Status]] = {
    "start": {U: R},
    "retarget": {U: R, R: R, P: P},
    "undate": {U: U, R: U, P: U},
    "pause": {U: U, R: P, P: P},
    "resume": {P: R},
    "stop": {U: MET, R: MET, P: MET},
    "cancel": {U: X, R: X, P: X},
}


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_every_action_in_every_status(action: str, status: Status) -> None:
    expected = ALLOWED[action].get(status)
    if expected is None:
        with pytest.raises(TransitionRefused) as refused:
            ACTIONS[action](CLOCKS[status])
        assert refused.value.fields == {"status": status.value, "action": action, "clock": "cycle"}
    else:
        assert ACTIONS[action](CLOCKS[status]).clock.status is expected


def test_the_table_has_exactly_the_transitions_of_the_rules() -> None:
    """Only a stop has two outcomes: in time or late. A clock without a due instant cannot be late."""
    written = {
        (action.value, before.value, after.value)
        for action, row in t.TRANSITIONS.items()
        for before, outcomes in row.items()
        for after in outcomes
    }
    assert written == {
        ("start", "undated", "running"),
        ("start", "undated", "paused"),
        ("undate", "undated", "undated"),
        ("undate", "running", "undated"),
        ("undate", "paused", "undated"),
        ("retarget", "undated", "running"),
        ("retarget", "undated", "paused"),
        ("retarget", "running", "running"),
        ("retarget", "paused", "paused"),
        ("pause", "undated", "undated"),
        ("pause", "running", "paused"),
        ("pause", "paused", "paused"),
        ("resume", "paused", "running"),
        ("stop", "undated", "met"),
        ("stop", "running", "met"),
        ("stop", "running", "missed"),
        ("stop", "paused", "met"),
        ("stop", "paused", "missed"),
        ("cancel", "undated", "cancelled"),
        ("cancel", "running", "cancelled"),
        ("cancel", "paused", "cancelled"),
    }
    assert set(t.TRANSITIONS) == set(t.Action)


def kinds(events: tuple[Event, ...]) -> list[type[object]]:
    return [type(event) for event in events]


@pytest.mark.parametrize(
    ("at", "status", "events"),
    [
        (DUE - timedelta(microseconds=1), Status.MET, [Stopped]),
        (DUE, Status.MET, [Stopped]),
        (DUE + timedelta(microseconds=1), Status.MISSED, [Breached, Stopped]),
        (LATE, Status.MISSED, [Breached, Stopped]),
        (START - timedelta(hours=1), Status.MET, [Stopped]),
    ],
)
def test_done_at_the_due_instant_is_met(at: datetime, status: Status, events: list[type[Event]]) -> None:
    change = t.stop(running(), at=at, event="done")
    assert (change.clock.status, kinds(change.events)) == (status, events)
    assert change.clock.version == 1 + len(events)


def test_starting_dates_the_clock_and_announces_it() -> None:
    change = t.start(undated(), a_plan(), at=START)
    assert change.events == (Started(due_at=DUE, cite="LG-35c Art.35"),)
    assert (change.clock.due_at, change.clock.dated().original_due_at, change.clock.dated().generation) == (DUE, DUE, 1)


def test_the_breach_alarm_breaches_once() -> None:
    once = t.pass_due(running(), generation=1)
    assert once.events == (Breached(due_at=DUE, cite="LG-35c Art.35", breached_at=LATE),)
    assert once.clock.status is Status.RUNNING
    again = t.pass_due(once.clock, generation=1)
    assert (again.clock, again.events) == (once.clock, ())
    assert kinds(t.stop(once.clock, at=cst("2026-03-17T09:00"), event="done").events) == [Stopped]


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.RUNNING])
def test_alarms_do_nothing_unless_the_clock_runs(status: Status) -> None:
    clock = CLOCKS[status]
    assert t.pass_due(clock, generation=1) == Change(clock=clock)
    assert t.warn(clock, generation=1, at=NOON) == Change(clock=clock)


def test_alarms_of_an_older_target_do_nothing() -> None:
    clock = t.retarget(running(), a_plan(MAJOR, goal="major"), at=NOON).clock
    assert t.pass_due(clock, generation=1).events == t.warn(clock, generation=1, at=NOON).events == ()
    assert t.warn(clock, generation=2, at=NOON).events == (Warned(due_at=MAJOR, cite="LG-35c Art.35"),)


@pytest.mark.parametrize(("at", "late"), [(DUE - timedelta(hours=1), False), (DUE, False), (LATE, True)])
def test_a_warning_that_is_told_after_the_due_instant_is_late(at: datetime, *, late: bool) -> None:
    assert t.warn(running(), generation=1, at=at).events == (Warned(due_at=DUE, cite="LG-35c Art.35", late=late),)


def test_retargeting_keeps_the_start_and_marks_the_breach() -> None:
    breached = t.pass_due(running(), generation=1).clock
    change = t.retarget(breached, a_plan(MAJOR, goal="major"), at=cst("2026-03-17T09:00"))
    assert change.events == (Retargeted(due_at=MAJOR, cite="LG-35c Art.35", previous_due_at=DUE),)
    assert change.clock.started_at == START
    assert [breach.mark for breach in change.clock.breaches] == [Mark.SUPERSEDED]
    withdrawn = t.retarget(breached, a_plan(MAJOR, goal="major"), at=cst("2026-03-17T09:00"), keep_breach=False)
    assert [breach.mark for breach in withdrawn.clock.breaches] == [Mark.WITHDRAWN]
    back = t.retarget(change.clock, a_plan(), at=cst("2026-03-17T10:00")).clock
    assert [breach.mark for breach in back.breaches] == [Mark.STANDING]
    assert t.pass_due(back, generation=3).events == ()


def test_retargeting_after_the_due_instant_records_the_breach_that_the_alarm_missed() -> None:
    change = t.retarget(running(), a_plan(MAJOR, goal="major"), at=LATE)
    told: list[type[object]] = [Breached, Retargeted]
    assert kinds(change.events) == told
    assert [breach.mark for breach in change.clock.breaches] == [Mark.SUPERSEDED]
    assert t.retarget(running(), a_plan(MAJOR, goal="major"), at=DUE).clock.breaches == ()


def test_reported_late_but_done_in_time_is_met() -> None:
    breached = t.pass_due(running(), generation=1).clock
    change = t.stop(breached, at=DUE, event="done")
    assert change.clock.status is Status.MET
    assert [breach.mark for breach in change.clock.breaches] == [Mark.REPORTED_LATE]


def test_a_reminder_warns_instead_of_breaching() -> None:
    reminder = running(severity=Severity.WARNING)
    assert kinds(t.pass_due(reminder, generation=1).events) == [Warned]
    late = t.stop(reminder, at=LATE, event="done")
    assert (late.clock.status, late.clock.breaches) == (Status.MISSED, ())


def test_a_pause_that_begins_late_comes_after_the_breach() -> None:
    change = t.pause(running(), at=LATE, event="lab")
    assert (change.clock.status, kinds(change.events)) == (Status.PAUSED, [Breached])
    ended = t.stop(change.clock, at=cst("2026-04-01T09:00"), event="done")
    assert ended.clock.status is Status.MISSED


def test_resuming_ends_the_pause_and_moves_the_due_instant() -> None:
    resumed = t.resume(paused(), a_plan(MAJOR), at=NOON).clock
    assert (resumed.due_at, resumed.dated().original_due_at) == (MAJOR, MAJOR)
    assert [(pause.from_at, pause.until_at) for pause in resumed.pauses] == [(cst("2026-03-09T09:00"), NOON)]


@pytest.mark.parametrize(
    ("at", "armed"),
    [
        (cst("2026-03-05T10:00"), ["09", "12"]),
        (cst("2026-03-09T09:00"), ["09", "12"]),
        (cst("2026-03-10T09:00"), ["09", "12"]),
        (cst("2026-03-13T09:00"), ["12"]),
        (DUE, ["12"]),
        (LATE, []),
    ],
)
def test_warnings_that_were_missed_are_told_once(at: datetime, armed: list[str]) -> None:
    warn_at = (cst("2026-03-09T09:00"), cst("2026-03-12T09:00"))
    target = t.start(undated(), a_plan(warn_at=warn_at), at=at).clock.dated()
    assert [f"{one:%d}" for one in target.warn_at] == armed


instants = st.integers(-1000, 30_000).map(lambda minutes: START + timedelta(minutes=minutes))
actions = st.one_of(
    st.tuples(st.sampled_from(["retarget", "pause", "resume", "stop", "cancel", "undate", "alarm"]), instants)
)


@given(st.lists(actions, max_size=12))
def test_whatever_happens_versions_count_events_and_due_instants_breach_once(steps: list[tuple[str, datetime]]) -> None:
    clock = running()
    events: list[Event] = []
    goals = (a_plan(), a_plan(MAJOR, goal="major"))
    for number, (action, at) in enumerate(sorted(steps, key=lambda step: step[1])):
        calls: dict[str, Callable[[Clock], Change]] = {
            "retarget": lambda c, at=at, n=number: t.retarget(c, goals[n % 2], at=at),  # type: ignore[misc]
            "pause": lambda c, at=at: t.pause(c, at=at, event="e"),  # type: ignore[misc]
            "resume": lambda c, at=at: t.resume(c, goals[0], at=at),  # type: ignore[misc]
            "stop": lambda c, at=at: t.stop(c, at=at, event="e"),  # type: ignore[misc]
            "cancel": lambda c, at=at: t.cancel(c, at=at, event="e"),  # type: ignore[misc]
            "undate": t.undate,
            "alarm": lambda c: t.pass_due(c, generation=c.dated().generation),
        }
        try:
            change = calls[action](clock)
        except TransitionRefused:
            continue
        events += change.events
        assert change.clock.version == clock.version + len(change.events)
        if action != "alarm":
            assert change.clock.status in t.TRANSITIONS[t.Action(action)][clock.status]
        clock = change.clock
    breached = [event.due_at for event in events if isinstance(event, Breached)]
    assert sorted(breached) == sorted(breach.due_at for breach in clock.breaches)
    assert len(set(breached)) == len(breached)
    assert sum(isinstance(event, Stopped) for event in events) <= 1
