"""A case that becomes one of another type: clocks of its former type, of both and of the new one; figures of both."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.sla.cases.rules import Case, CaseEvent, FormerType, Reached, advance, step
from services.sla.clocks.rules.clock import Clock, Status
from services.sla.clocks.rules.events import Breached, Cancelled, Retargeted, Started, Stopped
from services.sla.clocks.rules.follow import ClockRules, Followed, follow
from services.sla.indicators.rules.count import IndicatorRules, concerned, count
from services.sla.indicators.rules.figure import Figure
from shared.kernel.ids import CaseId, OrgId
from shared.packs.sla.model.clocks import Clock as ClockRule
from shared.packs.sla.model.indicators import Indicator
from tests.support.calendars import CN_WORKDAYS, cst
from tests.unit.sla.test_follow import CALENDARS, kinds

THREE_DAYS = {"id": "days", "duration": {"amount": 3, "unit": "working_day"}, "calendar": "work", "cite": "X-1 Art.1"}
LONGER = {
    "id": "complaint",
    "when": "case.case_type == 'complaint'",
    "duration": {"amount": 5, "unit": "working_day"},
    "calendar": "work",
    "cite": "X-2 Art.2",
}


def a_rule(rule_id: str, *case_types: str, **changes: object) -> ClockRule:
    return ClockRule.parse({
        "id": rule_id, "label": {"zh": "时限", "en": "Limit"}, "cite": "X-1 Art.1", "case_types": list(case_types),
        "start": "case.registered", "stop": ["case.closed"], "goals": [THREE_DAYS], **changes,
    })  # fmt: skip


class Story:
    """A suggestion of Monday, 2 March 2026, 10:00, with its clocks, event by event."""

    def __init__(self, *rules: ClockRule) -> None:
        self.rules = rules
        self.clocks: dict[str, Clock] = {}
        self.events = 0
        self.case = Case(
            org=OrgId("o"), case_id=CaseId("c"), number="1", case_type="suggestion", channel="web", customer_ref="C-1",
            pack="p", policy_version=1, facts={}, milestones={}, seq=0,
        )  # fmt: skip
        self.tell("case.registered", at="2026-03-02T10:00")

    def tell(self, *milestones: str, at: str, recorded_at: str | None = None, becomes: str | None = None) -> Followed:
        event = CaseEvent(
            org=self.case.org, case_id=self.case.case_id, milestones=milestones, at=cst(at),
            recorded_at=cst(recorded_at or at), facts={}, case_type=becomes,
        )  # fmt: skip
        self.case = advance(self.case, milestones, at=event.at, facts={}, case_type=becomes)
        self.events += 1
        new_ids = {rule.id: f"{rule.id}-{self.events}" for rule in self.rules}
        rules = ClockRules(rules=self.rules, calendars=CALENDARS, new_ids=new_ids)
        followed = follow(self.case, event, list(self.clocks.values()), rules)
        self.clocks |= {move.change.clock.clock_id: move.change.clock for move in followed.moves}
        return followed


def test_a_clock_of_the_former_type_is_superseded_when_it_happened_and_is_neither_met_nor_missed() -> None:
    story = Story(a_rule("reply", "suggestion"))
    followed = story.tell(at="2026-03-03T09:00", recorded_at="2026-03-03T11:00", becomes="complaint")

    assert [event for move in followed.moves for event in move.change.events] == [
        Cancelled(due_at=cst("2026-03-05T17:00"), cite="X-1 Art.1", cancelled_at=cst("2026-03-03T09:00"))
    ]
    clock = story.clocks["reply-1"]
    assert (clock.status, clock.stopped_by, clock.breaches) == (Status.CANCELLED, "superseded", ())


@pytest.mark.parametrize(("at", "breaches"), [("2026-03-05T17:00", 0), ("2026-03-05T17:00:01", 1)])
def test_a_breach_of_before_the_change_stands(at: str, breaches: int) -> None:
    story = Story(a_rule("reply", "suggestion"))
    followed = story.tell(at=at, becomes="complaint")

    assert kinds(followed) == [Breached] * breaches + [Cancelled]
    assert len(story.clocks["reply-1"].breaches) == breaches


def test_what_a_clock_of_the_former_type_waits_for_may_come_with_the_change() -> None:
    story = Story(a_rule("reply", "suggestion", stop=["suggestion.answered"]))

    assert kinds(story.tell("suggestion.answered", at="2026-03-03T09:00", becomes="complaint")) == [Stopped]
    assert story.clocks["reply-1"].status is Status.MET


@pytest.mark.parametrize("case_types", [(), ("suggestion", "complaint")])
def test_a_clock_for_both_types_goes_on_under_the_goal_for_the_new_one(case_types: tuple[str, ...]) -> None:
    story = Story(a_rule("answer", *case_types, goals=[LONGER, THREE_DAYS]))
    assert story.clocks["answer-1"].due_at == cst("2026-03-05T17:00")

    assert kinds(story.tell(at="2026-03-04T09:00", becomes="complaint")) == [Retargeted]
    assert story.clocks["answer-1"].due_at == cst("2026-03-09T17:00")  # five working days from 2 March
    assert list(story.clocks) == ["answer-1"]


@pytest.mark.parametrize(
    ("after", "started_at", "due_at"),
    [
        ("change", "2026-03-04T09:00", "2026-03-09T17:00"),  # 5, 6 and 9 March
        ("start", "2026-03-02T10:00", "2026-03-05T17:00"),  # 3, 4 and 5 March
    ],
)
def test_a_clock_of_the_new_type_starts_at_the_change_or_where_the_rule_says_so_at_the_start(
    after: str, started_at: str, due_at: str
) -> None:
    story = Story(a_rule("handle", "complaint", after_type_change=after))
    assert story.clocks == {}

    assert kinds(story.tell(at="2026-03-04T09:00", becomes="complaint")) == [Started]
    clock = story.clocks["handle-2"]
    assert (clock.started_at, clock.due_at) == (cst(started_at), cst(due_at))


def test_an_end_before_the_change_does_not_keep_a_clock_of_the_new_type_from_starting_unless_it_starts_before() -> None:
    at_change, at_start = a_rule("handle", "complaint"), a_rule("whole", "complaint", after_type_change="start")
    story = Story(at_change, at_start)
    story.tell("case.closed", at="2026-03-03T09:00")

    story.tell("case.reopened", at="2026-03-04T09:00", becomes="complaint")
    assert list(story.clocks) == ["handle-3"]


def test_a_milestone_that_comes_with_the_change_ends_what_would_start_at_it() -> None:
    story = Story(a_rule("handle", "complaint"))

    assert story.tell("case.closed", at="2026-03-04T09:00", becomes="complaint").moves == ()


def test_a_start_that_comes_with_the_change_or_after_it_is_as_for_any_case_of_the_type() -> None:
    story = Story(a_rule("handle", "complaint", start="complaint.raised"))

    assert kinds(story.tell("complaint.raised", at="2026-03-04T09:00", becomes="complaint")) == [Started]
    assert kinds(story.tell("case.closed", at="2026-03-05T09:00")) == [Stopped]
    assert kinds(story.tell("complaint.raised", at="2026-03-06T09:00")) == [Started]


def test_a_third_type_goes_on_with_the_clock_that_the_second_one_started() -> None:
    story = Story(a_rule("handle", "complaint", "claim"), a_rule("settle", "claim"))
    story.tell(at="2026-03-03T09:00", becomes="complaint")

    assert kinds(story.tell(at="2026-03-04T09:00", becomes="claim")) == [Started]
    starts = {name: clock.started_at for name, clock in story.clocks.items()}
    assert starts == {"handle-2": cst("2026-03-03T09:00"), "settle-3": cst("2026-03-04T09:00")}


def test_a_clock_for_later_types_that_could_not_start_before_starts_with_the_first_of_them() -> None:
    story = Story(a_rule("handle", "complaint", "claim", when="case.case_type == 'claim'"))
    story.tell(at="2026-03-03T09:00", becomes="complaint")
    story.tell(at="2026-03-04T09:00", becomes="claim")

    assert [clock.started_at for clock in story.clocks.values()] == [cst("2026-03-03T09:00")]


@pytest.mark.parametrize(("after", "started_at"), [("change", "2026-03-04T09:00"), ("start", "2026-03-02T10:00")])
def test_a_case_that_returns_to_its_type_has_a_further_clock(after: str, started_at: str) -> None:
    story = Story(a_rule("reply", "suggestion", after_type_change=after))
    story.tell(at="2026-03-03T09:00", becomes="complaint")

    assert kinds(story.tell(at="2026-03-04T09:00", becomes="suggestion")) == [Started]
    assert [clock.status for clock in story.clocks.values()] == [Status.CANCELLED, Status.RUNNING]
    assert story.clocks["reply-3"].started_at == cst(started_at)


def test_a_change_of_type_matters_though_no_fact_and_no_awaited_milestone_comes_with_it() -> None:
    known = Story().case
    at = cst("2026-03-03T09:00")
    becomes = CaseEvent(
        org=known.org, case_id=known.case_id, milestones=(), at=at, recorded_at=at, facts={}, case_type="complaint"
    )
    stays = replace(becomes, case_type="suggestion")

    after = step(known, becomes, awaits=frozenset())
    assert after.matters
    assert (after.case.case_type, after.case.seq) == ("complaint", 2)
    assert after.case.former_types == (
        FormerType(case_type="suggestion", until=Reached(at=cst("2026-03-03T09:00"), seq=2)),
    )
    assert step(known, stays, awaits=frozenset()).case == known


BY_TYPE = {
    "id": "by_type", "label": {"zh": "按类", "en": "By type"}, "cite": "X-3 Art.3", "every": "month",
    "measure": {"count": {"of": "case.registered", "by": "case.case_type"}},
}  # fmt: skip


def figures(case: Case, *rules: Mapping[str, object]) -> list[Figure]:
    parsed = [Indicator.parse(rule) for rule in rules]
    of_case = IndicatorRules(rules=concerned(parsed, case), calendars={}, zone=CN_WORKDAYS.zone)
    return list(count(case, {}, of_case).figures)


def test_a_case_counts_as_the_type_that_it_had_when_it_was_counted() -> None:
    story = Story()
    story.tell("complaint.raised", at="2026-04-01T09:00", becomes="complaint")
    raised = BY_TYPE | {"id": "raised", "measure": {"count": {"of": "complaint.raised", "by": "case.case_type"}}}

    registered, became = figures(story.case, BY_TYPE, raised)
    assert (registered.groups, registered.at) == (("suggestion",), cst("2026-03-02T10:00"))
    assert (became.groups, became.at) == (("complaint",), cst("2026-04-01T09:00"))


def test_an_indicator_is_about_the_type_at_the_counted_milestone_and_goes_on_when_it_changes() -> None:
    story = Story()
    story.tell(at="2026-03-04T09:00", becomes="complaint")
    story.tell("customer.answered", at="2026-03-06T09:00")
    answered = {"share": {"of": "case.registered", "done": "customer.answered"}}
    suggestions = BY_TYPE | {"id": "suggestions", "case_types": ["suggestion"], "measure": answered}
    complaints = BY_TYPE | {"id": "complaints", "case_types": ["complaint"], "measure": answered}

    (figure,) = figures(story.case, suggestions, complaints)
    assert (figure.indicator, figure.done, figure.done_at) == ("suggestions", True, datetime(2026, 3, 6, 1, tzinfo=UTC))
