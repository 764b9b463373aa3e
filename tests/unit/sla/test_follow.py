"""What an event of a case makes of its clocks: starts, goals by the facts, pauses, ends, and what is noted for the log."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations
from math import factorial, prod
from typing import Any

import pytest

from services.sla.calendars.rules.errors import CalendarMissing
from services.sla.calendars.rules.from_pack import Calendars, PackCalendar
from services.sla.cases.rules import Case, CaseEvent, Reached, advance
from services.sla.clocks.rules.begin import redated
from services.sla.clocks.rules.clock import Change, Clock, Status
from services.sla.clocks.rules.events import Cancelled, Retargeted, Started, Stopped
from services.sla.clocks.rules.follow import ClockRules, Followed, follow
from shared.kernel.ids import CaseId, OrgId
from shared.packs.sla.model.clocks import Clock as ClockRule
from tests.support.calendars import CALENDAR_DAYS, CN_WORKDAYS, cst

OF_PACK = {
    "work": PackCalendar(calendar=CN_WORKDAYS, content_hash="hash of work"),
    "always": PackCalendar(calendar=CALENDAR_DAYS, content_hash="hash of always"),
}
CALENDARS = Calendars(of_pack=OF_PACK, by_hash={"hash of work": CN_WORKDAYS, "hash of always": CALENDAR_DAYS})
NORMAL = {"id": "normal", "duration": {"amount": 7, "unit": "working_day"}, "calendar": "work", "cite": "X-1 Art.1"}
MAJOR = {
    "id": "major",
    "when": 'facts.severity == "major"',
    "duration": {"amount": 20, "unit": "working_day"},
    "calendar": "work",
    "cite": "X-2 Art.2",
}


def a_rule(rule_id: str = "cycle", **changes: Any) -> ClockRule:
    return ClockRule.parse({
        "id": rule_id, "label": {"zh": "周期", "en": "Cycle"}, "cite": "X-1 Art.1", "start": "case.accepted",
        "stop": ["result.issued"], "cancel_on": ["case.closed"], "pause_on": ["sample.sent"],
        "resume_on": ["report.received"], "goals": [MAJOR, NORMAL], **changes,
    })  # fmt: skip


class Story:
    """A case and its clocks, event by event, with the rules of a pack."""

    def __init__(self, *rules: ClockRule, calendars: Calendars = CALENDARS) -> None:
        self.rules, self.calendars = rules or (a_rule(),), calendars
        self.clocks: dict[str, Clock] = {}
        self.events = 0
        self.case = Case(
            org=OrgId("o"), case_id=CaseId("c"), number="1", case_type="complaint", channel="web", customer_ref="C-1", pack="p",
            policy_version=1, facts={}, milestones={}, seq=0,
        )  # fmt: skip

    def tell(
        self, *milestones: str, at: str, recorded_at: str | None = None, facts: Mapping[str, Any] | None = None
    ) -> Followed:
        event = CaseEvent(
            org=self.case.org, case_id=self.case.case_id, milestones=milestones, at=cst(at),
            recorded_at=cst(recorded_at or at), facts=facts,
        )  # fmt: skip
        self.case = advance(self.case, milestones, at=event.at, facts=facts)
        self.events += 1
        new_ids = {rule.id: f"{rule.id}-{self.events}" for rule in self.rules}
        rules = ClockRules(rules=self.rules, calendars=self.calendars, new_ids=new_ids)
        followed = follow(self.case, event, list(self.clocks.values()), rules)
        self.clocks |= {move.change.clock.clock_id: move.change.clock for move in followed.moves}
        return followed


def kinds(followed: Followed) -> list[type[object]]:
    return [type(event) for move in followed.moves for event in move.change.events]


def accepted(*rules: ClockRule, facts: Mapping[str, Any] | None = None) -> Story:
    story = Story(*rules)
    story.tell("case.accepted", at="2026-03-05T10:00", facts={"severity": "normal", **(facts or {})})
    return story


def test_a_clock_begins_with_the_id_that_its_rule_was_given() -> None:
    story = Story()
    followed = story.tell("case.accepted", at="2026-03-05T10:00", facts={"severity": "normal"})
    (move,) = followed.moves
    assert (move.before, move.change.clock.clock_id, move.change.clock.start_seq) == (None, "cycle-1", 1)
    assert move.change.clock.due_at == cst("2026-03-16T17:00")
    assert move.change.clock.calendars == {"work": "hash of work"}
    assert move.change.events == (Started(due_at=cst("2026-03-16T17:00"), cite="X-1 Art.1"),)
    assert followed.notes == ()


def test_other_events_begin_nothing_and_move_nothing() -> None:
    assert Story().tell("case.registered", at="2026-03-05T10:00", facts={}).moves == ()
    story = accepted()
    assert story.tell("case.registered", at="2026-03-06T10:00").moves == ()
    assert story.tell("case.accepted", at="2026-03-06T10:00").moves == ()
    assert list(story.clocks) == ["cycle-1"]


def test_another_goal_retargets_from_the_original_start() -> None:
    story = accepted()
    followed = story.tell(at="2026-03-09T10:00", facts={"severity": "major"})
    (move,) = followed.moves
    assert move.change.events == (
        Retargeted(due_at=cst("2026-04-02T17:00"), cite="X-2 Art.2", previous_due_at=cst("2026-03-16T17:00")),
    )
    assert move.change.clock.dated().set_at == cst("2026-03-09T10:00")
    assert story.tell(at="2026-03-10T10:00", facts={"severity": "major", "other": 1}).moves == ()


def test_facts_that_an_event_does_not_bring_change_no_goal() -> None:
    story = accepted()
    story.case = replace(story.case, facts={"severity": "major"})
    assert story.tell("case.registered", at="2026-03-09T10:00").moves == ()


def test_a_clock_that_applies_no_longer_is_cancelled_when_recorded_and_may_begin_again() -> None:
    story = accepted(a_rule(when="facts.needed ?? true"))
    gone = story.tell(at="2026-03-06T10:00", recorded_at="2026-03-06T11:00", facts={"needed": False})
    assert [event for move in gone.moves for event in move.change.events] == [
        Cancelled(due_at=cst("2026-03-16T17:00"), cite="X-1 Art.1", cancelled_at=cst("2026-03-06T11:00"))
    ]
    back = story.tell(at="2026-03-07T10:00", facts={"needed": True})
    (move,) = back.moves
    assert (move.change.clock.clock_id, move.change.clock.started_at) == ("cycle-3", cst("2026-03-05T10:00"))


def test_a_clock_that_has_ended_does_not_begin_again_from_the_same_start() -> None:
    story = accepted()
    assert kinds(story.tell("result.issued", at="2026-03-06T10:00")) == [Stopped]
    assert story.tell(at="2026-03-07T10:00", facts={"severity": "major"}).moves == ()
    assert kinds(story.tell("case.accepted", at="2026-03-09T10:00")) == [Started]
    assert [clock.status for clock in story.clocks.values()] == [Status.MET, Status.RUNNING]


@pytest.mark.parametrize("end", ["result.issued", "case.closed"])
def test_an_end_that_came_after_the_start_prevents_a_late_beginning(end: str) -> None:
    story = Story(a_rule(when="facts.needed ?? false"))
    story.tell("case.accepted", at="2026-03-05T10:00", facts={})
    story.tell(end, at="2026-03-06T10:00")
    assert story.tell(at="2026-03-07T10:00", facts={"needed": True}).moves == ()
    assert kinds(story.tell("case.accepted", at="2026-03-08T10:00", facts={"needed": True})) == [Started]


def test_milestones_of_one_event_act_in_their_order() -> None:
    ended_first = accepted()
    assert kinds(ended_first.tell("result.issued", "case.closed", at="2026-03-06T10:00")) == [Stopped]
    cancelled_first = accepted()
    assert kinds(cancelled_first.tell("case.closed", "result.issued", at="2026-03-06T10:00")) == [Cancelled]


def test_a_clock_ends_and_the_next_begins_at_one_event() -> None:
    story = accepted()
    followed = story.tell("result.issued", "case.accepted", at="2026-03-09T10:00")
    assert kinds(followed) == [Stopped, Started]
    assert [move.before is None for move in followed.moves] == [False, True]


def test_a_pause_moves_the_due_instant_when_it_ends() -> None:
    story = accepted()
    assert kinds(story.tell("sample.sent", at="2026-03-05T18:00")) == []
    assert story.clocks["cycle-1"].status is Status.PAUSED
    assert story.tell("sample.sent", at="2026-03-06T09:00").moves == ()
    followed = story.tell("report.received", at="2026-03-09T18:00")  # Friday and Monday are lost
    assert kinds(followed) == [Retargeted]
    assert story.clocks["cycle-1"].due_at == cst("2026-03-18T17:00")
    assert story.tell("report.received", at="2026-03-10T09:00").moves == ()


def test_beyond_the_confirmed_days_a_clock_is_undated_and_noted() -> None:
    story = Story()
    begun = story.tell("case.accepted", at="2026-12-28T10:00", facts={"severity": "normal"})
    (move,) = begun.moves
    assert (move.change.clock.status, move.change.clock.target, move.change.events) == (Status.UNDATED, None, ())
    assert [(note.name, note.clock_id) for note in begun.notes] == [("clock.undated", "cycle-1")]
    assert "2026-12-31" in begun.notes[0].reason
    major = Story()
    major.tell("case.accepted", at="2026-12-10T10:00", facts={"severity": "normal"})
    left = major.tell(at="2026-12-11T10:00", facts={"severity": "major"})
    assert [(note.name, note.clock_id) for note in left.notes] == [("clock.undated", "cycle-1")]
    assert major.clocks["cycle-1"].status is Status.UNDATED
    assert major.clocks["cycle-1"].due_at == cst("2026-12-21T17:00")
    assert kinds(major.tell(at="2026-12-12T10:00", facts={"severity": "normal"})) == [Retargeted]


def test_a_pause_that_ends_beyond_the_confirmed_days_leaves_the_clock_undated() -> None:
    story = Story()
    story.tell("case.accepted", at="2026-12-18T10:00", facts={"severity": "normal"})
    story.tell("sample.sent", at="2026-12-18T18:00")
    ended = story.tell("report.received", at="2026-12-29T18:00")
    clock = story.clocks["cycle-1"]
    assert (clock.status, clock.pauses[-1].until_at) == (Status.UNDATED, cst("2026-12-29T18:00"))
    assert [note.name for note in ended.notes] == ["clock.undated"]


def test_a_condition_that_cannot_be_computed_does_not_hold_and_is_noted() -> None:
    story = Story(a_rule(goals=[MAJOR | {"when": "facts.tonnes > 100"}, NORMAL]))
    followed = story.tell("case.accepted", at="2026-03-05T10:00", facts={})
    assert story.clocks["cycle-1"].dated().goal == "normal"
    assert {(note.name, note.cite) for note in followed.notes} == {("condition.failed", "X-2 Art.2")}


def test_a_stated_instant_that_cannot_be_read_is_noted_and_the_clock_waits() -> None:
    agreed = {"id": "agreed", "at": "facts.callback_at", "calendar": "always", "cite": "X-3 Art.3"}
    story = Story(a_rule(goals=[agreed]))
    unreadable = story.tell("case.accepted", at="2026-03-05T10:00", facts={"callback_at": "tomorrow"})
    assert unreadable.moves == ()
    assert [(note.name, note.cite) for note in unreadable.notes] == [("stated_instant.unreadable", "X-3 Art.3")]
    begun = story.tell(at="2026-03-05T11:00", facts={"callback_at": "2026-03-06T10:00:00+08:00"})
    assert kinds(begun) == [Started]
    assert story.clocks["cycle-2"].due_at == cst("2026-03-06T10:00")


def test_each_rule_follows_the_event_on_its_own() -> None:
    story = Story(
        a_rule("first"), a_rule("second", stop=["case.accepted.again"], case_types=["inquiry"]), a_rule("third")
    )
    story.tell("case.accepted", at="2026-03-05T10:00", facts={"severity": "normal"})
    assert list(story.clocks) == ["first-1", "third-1"]
    assert kinds(story.tell("result.issued", at="2026-03-06T10:00")) == [Stopped, Stopped]


def test_an_opening_starts_the_clock_at_the_next_opening() -> None:
    hours = {"id": "h", "duration": {"amount": 2, "unit": "working_hour"}, "calendar": "work", "cite": "X-1 Art.1"}
    story = Story(a_rule(goals=[hours], starts_at="opening"))
    story.tell("case.accepted", at="2026-03-06T23:10", facts={})
    clock = story.clocks["cycle-1"]
    assert (clock.started_at, clock.due_at) == (cst("2026-03-09T08:00"), cst("2026-03-09T10:00"))


def test_a_calendar_that_is_not_known_is_a_defect() -> None:
    with pytest.raises(CalendarMissing):
        Story(calendars=Calendars(of_pack={})).tell("case.accepted", at="2026-03-05T10:00", facts={})
    story = accepted()
    story.calendars = Calendars(of_pack=OF_PACK)
    with pytest.raises(CalendarMissing):
        story.tell("result.issued", at="2026-03-06T10:00")


def undated(calendars: dict[str, str]) -> tuple[Clock, Case]:
    story = Story()
    story.tell("case.accepted", at="2026-12-28T10:00", facts={"severity": "normal"})
    clock = replace(story.clocks["cycle-1"], calendars=calendars, started_at=cst("2026-03-05T10:00"))
    case = replace(story.case, milestones={"case.accepted": Reached(at=clock.started_at, seq=1)})
    return clock, case


def test_an_undated_clock_is_dated_on_calendars_that_reach_further() -> None:
    clock, case = undated({"work": "of last year"})
    result = redated(clock, a_rule(), case, CALENDARS, at=cst("2026-03-06T09:00"))
    change = result.change
    assert isinstance(change, Change)
    assert (change.clock.status, change.clock.due_at) == (Status.RUNNING, cst("2026-03-16T17:00"))
    assert change.clock.calendars == {"work": "hash of work"}
    assert change.events == (Started(due_at=cst("2026-03-16T17:00"), cite="X-1 Art.1"),)
    assert result.notes == ()


def test_an_undated_clock_stays_so_on_the_same_or_a_too_short_calendar_and_once_it_runs() -> None:
    same, case = undated({"work": "hash of work"})
    assert redated(same, a_rule(), case, CALENDARS, at=cst("2026-03-06T09:00")).change is None
    short, case = undated({"work": "of last year"})
    late = replace(short, started_at=cst("2026-12-28T10:00"))
    assert redated(late, a_rule(), case, CALENDARS, at=cst("2026-12-29T09:00")).change is None
    runs = replace(short, status=Status.MET)
    assert redated(runs, a_rule(), case, CALENDARS, at=cst("2026-03-06T09:00")).change is None


def in_topic_order(*topics: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Every arrival order of these events that keeps the order inside each topic."""
    events = [event for topic in topics for event in topic]
    kept = [
        order
        for order in permutations(events)
        if all([event for event in order if event in topic] == list(topic) for topic in topics)
    ]
    assert len(kept) == factorial(len(events)) // prod(factorial(len(topic)) for topic in topics)
    return kept


ARRIVALS: dict[str, tuple[tuple[str, ...], str, dict[str, Any] | None]] = {
    "classified": (("case.classified",), "2026-03-06T09:00", {"severity": "major"}),
    "sampled": (("work.sampled",), "2026-03-06T11:00", {"severity": "major"}),
    "offered": (("remedy.offered",), "2026-03-09T09:00", None),
    "accepted": (("remedy.accepted",), "2026-03-11T09:00", None),
    "sent": (("message.sent",), "2026-03-10T10:00", None),
}
IN_DAYS = {"duration": {"amount": 3, "unit": "working_day"}, "calendar": "work", "cite": "X-4 Art.4"}
TOPICS = (("classified", "sampled"), ("offered", "accepted"), ("sent",))


@pytest.mark.parametrize("order", in_topic_order(*TOPICS), ids="-".join)
def test_events_of_other_topics_lead_to_the_same_clocks_in_any_order(order: tuple[str, ...]) -> None:
    """Each clock is ended or paused by events of one topic only; a goal by the facts and a pause do not compete.

    3 working days from Thursday 5 March 10:00 are Tuesday 10 March 17:00. The major goal of 20 working days is
    2 April; paused from Monday 9 to Wednesday 11 March 09:00, one whole day (Tuesday) is lost: 3 April.
    """
    story = Story(
        a_rule(pause_on=["remedy.offered"], resume_on=["remedy.accepted"]),
        a_rule("answer", stop=["message.sent"], goals=[IN_DAYS | {"id": "three"}]),
        a_rule("consent", stop=["remedy.accepted"], goals=[IN_DAYS | {"id": "three"}]),
        a_rule("sample", stop=["lab.reported"], cancel_on=["work.sampled"], goals=[IN_DAYS | {"id": "three"}]),
    )
    story.tell("case.accepted", at="2026-03-05T10:00", facts={"severity": "normal"})
    for name in order:
        milestones, at, facts = ARRIVALS[name]
        story.tell(*milestones, at=at, recorded_at="2026-03-11T10:00", facts=facts)
    final = {clock.rule: (clock.status, clock.dated().goal, clock.due_at) for clock in story.clocks.values()}
    tuesday = cst("2026-03-10T17:00")
    assert final == {
        "cycle": (Status.RUNNING, "major", cst("2026-04-03T17:00")),
        "answer": (Status.MET, "three", tuesday),
        "consent": (Status.MISSED, "three", tuesday),
        "sample": (Status.CANCELLED, "three", tuesday),
    }
    ended = {clock.rule: clock.stopped_at for clock in story.clocks.values() if clock.stopped_at is not None}
    assert ended == {
        "answer": cst("2026-03-10T10:00"),
        "consent": cst("2026-03-11T09:00"),
        "sample": cst("2026-03-06T11:00"),
    }
    breached = {clock.rule: [breach.due_at for breach in clock.breaches] for clock in story.clocks.values()}
    assert breached == {"cycle": [], "answer": [], "consent": [tuesday], "sample": []}
