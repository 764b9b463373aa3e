"""What following an event keeps beside the due instant: names of events, notes, marks of breaches, the true start."""

from dataclasses import replace
from datetime import date

import pytest

from services.sla.cases.rules import Evaluation, Note, Reached
from services.sla.clocks.rules.begin import redated
from services.sla.clocks.rules.clock import Mark, Status
from services.sla.clocks.rules.events import Started, Stopped
from services.sla.clocks.rules.stated import Stated
from services.sla.clocks.rules.terms import possible
from shared.packs.sla.model.clocks import Clock as ClockRule
from tests.support.calendars import CALENDAR_DAYS, cst
from tests.unit.sla.test_follow import CALENDARS, MAJOR, NORMAL, Story, a_rule, accepted, undated

NEVER = {
    "id": "heavy",
    "when": "facts.tonnes > 100",  # no fact `tonnes`: it cannot be computed
    "duration": {"amount": 1, "unit": "working_day"},
    "calendar": "work",
    "cite": "X-9 Art.9",
}
AGREED = {"id": "agreed", "at": "facts.callback_at", "calendar": "always", "cite": "X-3 Art.3"}


@pytest.mark.parametrize("milestone", ["result.issued", "case.closed"])
def test_a_clock_remembers_which_event_ended_it(milestone: str) -> None:
    story = accepted()
    story.tell("case.registered", milestone, at="2026-03-06T10:00")
    clock = story.clocks["cycle-1"]
    assert (clock.stopped_by, clock.stopped_at) == (milestone, cst("2026-03-06T10:00"))


def test_a_pause_remembers_which_event_began_it() -> None:
    story = accepted()
    story.tell("sample.sent", at="2026-03-06T10:00")
    (pause,) = story.clocks["cycle-1"].pauses
    assert (pause.event, pause.from_at, pause.until_at) == ("sample.sent", cst("2026-03-06T10:00"), None)


def test_a_clock_starts_at_its_event_even_when_its_calendar_is_closed() -> None:
    story = Story()
    story.tell("case.accepted", at="2026-03-06T23:10", facts={"severity": "normal"})
    assert story.clocks["cycle-1"].started_at == cst("2026-03-06T23:10")


@pytest.mark.parametrize(("keep_breach", "mark"), [(True, Mark.SUPERSEDED), (False, Mark.WITHDRAWN)])
def test_the_rule_says_whether_another_goal_keeps_the_breach(keep_breach: bool, mark: Mark) -> None:
    story = accepted(a_rule(keep_breach=keep_breach))
    story.tell(at="2026-03-17T10:00", facts={"severity": "major"})  # the normal goal was due on the 16th
    clock = story.clocks["cycle-1"]
    assert [(breach.due_at, breach.mark) for breach in clock.breaches] == [(cst("2026-03-16T17:00"), mark)]
    assert clock.due_at == cst("2026-04-02T17:00")


def test_an_undated_clock_without_a_goal_stays_as_it_is() -> None:
    story = Story(a_rule(goals=[MAJOR]))
    story.tell("case.accepted", at="2026-12-28T10:00", facts={"severity": "major"})
    assert story.clocks["cycle-1"].status is Status.UNDATED
    assert story.tell(at="2026-12-29T10:00", facts={"severity": "normal"}).moves == ()


def test_an_instant_that_the_case_states_before_the_start_is_no_goal() -> None:
    story = accepted(a_rule(goals=[AGREED, NORMAL]))
    assert story.tell(at="2026-03-06T10:00", facts={"callback_at": "2026-03-05T09:59:59+08:00"}).moves == ()
    story.tell(at="2026-03-06T11:00", facts={"callback_at": "2026-03-05T10:00:00+08:00"})
    assert story.clocks["cycle-1"].due_at == cst("2026-03-05T10:00")


def test_every_note_about_an_undated_clock_tells_how_far_its_calendar_reaches() -> None:
    begins, changes, resumes = Story(), Story(), Story()
    begun = begins.tell("case.accepted", at="2026-12-28T10:00", facts={"severity": "normal"})
    changes.tell("case.accepted", at="2026-12-10T10:00", facts={"severity": "normal"})
    changed = changes.tell(at="2026-12-11T10:00", facts={"severity": "major"})
    resumes.tell("case.accepted", at="2026-12-18T10:00", facts={"severity": "normal"})
    resumes.tell("sample.sent", at="2026-12-18T18:00")
    resumed = resumes.tell("report.received", at="2026-12-29T18:00")
    for followed in (begun, changed, resumed):
        (note,) = followed.notes
        assert (note.name, note.clock_id) == ("clock.undated", "cycle-1")
        assert "2026-12-31" in note.reason


FAILING = a_rule(goals=[NEVER, NORMAL])


def failures(notes: tuple[Note, ...]) -> list[tuple[str, str | None]]:
    return [(note.name, note.cite) for note in notes]


@pytest.mark.parametrize(("started_at", "dates"), [("2026-03-05T10:00", True), ("2026-12-28T10:00", False)])
def test_a_further_attempt_to_date_a_clock_notes_what_could_not_be_computed(started_at: str, *, dates: bool) -> None:
    clock, case = undated({"work": "of last year"})
    case = replace(case, milestones={"case.accepted": Reached(at=cst(started_at), seq=1)})
    result = redated(replace(clock, started_at=cst(started_at)), FAILING, case, CALENDARS, at=cst("2026-12-29T09:00"))
    assert (result.change is not None) is dates
    assert failures(result.notes) == [("condition.failed", "X-9 Art.9")]


@pytest.mark.parametrize(
    ("rule", "facts", "note"),
    [
        (a_rule(when="facts.tonnes > 100"), {}, ("condition.failed", "X-1 Art.1")),
        (a_rule(goals=[AGREED | {"at": "facts.tonnes > 100"}]), {}, ("stated_instant.failed", "X-3 Art.3")),
        (a_rule(goals=[AGREED]), {"callback_at": "soon"}, ("stated_instant.unreadable", "X-3 Art.3")),
    ],
)
def test_what_could_not_be_worked_out_is_noted_with_the_citation_of_its_rule_or_goal(
    rule: ClockRule, facts: dict[str, str], note: tuple[str, str]
) -> None:
    followed = Story(rule).tell("case.accepted", at="2026-03-05T10:00", facts=facts)
    assert followed.moves == ()
    assert failures(followed.notes) == [note]
    assert followed.notes[0].reason


def test_a_stated_instant_that_is_read_or_not_stated_leaves_no_note() -> None:
    story = Story(a_rule(goals=[AGREED]))
    assert story.tell("case.accepted", at="2026-03-05T10:00", facts={"callback_at": None}).notes == ()
    assert story.tell(at="2026-03-05T11:00", facts={"callback_at": "2026-03-06T10:00:00+08:00"}).notes == ()


def test_a_stated_instant_remembers_the_expression_that_it_came_from() -> None:
    story = Story()
    story.case = replace(story.case, facts={"callback_at": "2026-03-06"})
    (terms,) = possible(a_rule(goals=[AGREED]), Evaluation(story.case), {"always": CALENDAR_DAYS})
    assert terms.length == Stated(at=date(2026, 3, 6), source="facts.callback_at")


def test_a_milestone_may_end_one_clock_and_start_the_next() -> None:
    story = Story(a_rule(stop=["case.accepted"]))
    first = story.tell("case.accepted", at="2026-03-05T10:00", facts={"severity": "normal"})
    second = story.tell("case.accepted", at="2026-03-06T10:00")
    assert [[type(event) for event in move.change.events] for move in first.moves] == [[Started]]
    assert [[type(event) for event in move.change.events] for move in second.moves] == [[Stopped], [Started]]
