"""Several reasons to wait at once: each is closed by its own events, and the clock stands still while one is open."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.sla.clocks.rules.clock import Clock, Status
from services.sla.clocks.rules.events import Retargeted
from services.sla.clocks.rules.waits import still_since
from shared.packs.sla.checks import clock_errors
from tests.support.calendars import cst
from tests.unit.sla.test_follow import CALENDARS, Story, a_rule, kinds

START: Final = cst("2026-03-05T10:00")
CUSTOMER = {"on": ["question.sent"], "until": ["answer.received", "question.withdrawn"]}
LABORATORY = {"on": ["sample.sent"], "until": ["report.received"], "label": {"zh": "检验", "en": "Laboratory"}}
TEN_HOURS = {"id": "ten", "duration": {"amount": 10, "unit": "hour"}, "calendar": "always", "cite": "X-1 Art.1"}


def waiting(*pairs: dict[str, Any], **changes: Any) -> Story:
    """A case whose clock of ten hours started on 5 March at 10:00, and stands still for these reasons."""
    rule = a_rule(pause_on=[], resume_on=[], pause=list(pairs), **{"goals": [TEN_HOURS], **changes})
    story = Story(rule)
    story.tell("case.accepted", at="2026-03-05T10:00", facts={"severity": "normal"})
    return story


def the_clock(story: Story) -> Clock:
    return next(iter(story.clocks.values()))


def test_the_clock_stands_still_while_one_reason_is_open() -> None:
    """One hour used at 11:00; two reasons until 12:00 and 15:00: nine hours are left at 15:00."""
    story = waiting(CUSTOMER, LABORATORY)
    story.tell("question.sent", at="2026-03-05T11:00")
    story.tell("sample.sent", at="2026-03-05T11:30")
    assert [pause.event for pause in the_clock(story).waiting] == ["question.sent", "sample.sent"]
    assert kinds(story.tell("answer.received", at="2026-03-05T12:00")) == []
    assert the_clock(story).status is Status.PAUSED
    assert [pause.event for pause in the_clock(story).waiting] == ["sample.sent"]
    resumed = story.tell("report.received", at="2026-03-05T15:00")
    assert kinds(resumed) == [Retargeted]
    clock = the_clock(story)
    assert (clock.status, clock.due_at, clock.waiting) == (Status.RUNNING, cst("2026-03-06T00:00"), ())
    assert [(pause.event, pause.ended_by) for pause in clock.pauses] == [
        ("question.sent", "answer.received"),
        ("sample.sent", "report.received"),
    ]


def test_an_event_closes_its_own_reason_only() -> None:
    story = waiting(CUSTOMER, LABORATORY)
    story.tell("sample.sent", at="2026-03-05T11:00")
    assert story.tell("answer.received", at="2026-03-05T12:00").moves == ()
    assert story.tell("sample.sent", at="2026-03-05T12:30").moves == ()
    assert [pause.event for pause in the_clock(story).waiting] == ["sample.sent"]
    story.tell("report.received", at="2026-03-05T13:00")
    assert the_clock(story).due_at == cst("2026-03-05T22:00")


def test_an_event_that_closes_one_reason_and_opens_another_leaves_the_clock_standing() -> None:
    """The report leads to a question: still from 11:00 to 14:00, three hours."""
    asked = {"on": ["report.received"], "until": ["answer.received"]}
    story = waiting(LABORATORY, asked)
    story.tell("sample.sent", at="2026-03-05T11:00")
    assert kinds(story.tell("report.received", at="2026-03-05T12:00")) == []
    assert (the_clock(story).status, still_since(the_clock(story))) == (Status.PAUSED, cst("2026-03-05T11:00"))
    story.tell("answer.received", at="2026-03-05T14:00")
    assert the_clock(story).due_at == cst("2026-03-05T23:00")


@pytest.mark.parametrize(("asked", "status"), [("20:00", Status.MET), ("20:01", Status.MISSED)])
def test_a_stop_is_judged_by_the_first_of_the_reasons_that_follow_on_one_another(asked: str, status: Status) -> None:
    """Due at 20:00. The second reason begins before the first has ended, so the clock has stood still since `asked`."""
    story = waiting(CUSTOMER, LABORATORY)
    story.tell("question.sent", at=f"2026-03-05T{asked}")
    story.tell("sample.sent", at="2026-03-05T21:00")
    story.tell("answer.received", at="2026-03-05T22:00")
    story.tell("result.issued", at="2026-03-06T10:00")
    assert (the_clock(story).status, the_clock(story).waiting) == (status, ())


ARRIVALS: Final = {
    "question.sent": "2026-03-05T11:00",
    "answer.received": "2026-03-05T13:00",
    "sample.sent": "2026-03-05T12:00",
    "report.received": "2026-03-05T15:00",
}


@pytest.mark.parametrize("order", list(permutations(ARRIVALS)), ids="-".join)
def test_reasons_lead_to_the_same_due_instant_in_whichever_order_they_become_known(order: tuple[str, ...]) -> None:
    """Still from 11:00 to 15:00: four hours are added to 20:00."""
    story = waiting(CUSTOMER, LABORATORY)
    for name in order:
        story.tell(name, at=ARRIVALS[name], recorded_at="2026-03-05T16:00")
    clock = the_clock(story)
    assert (clock.status, clock.due_at, clock.waiting) == (Status.RUNNING, cst("2026-03-06T00:00"), ())


def test_one_pair_is_what_pause_on_and_resume_on_are() -> None:
    pair = waiting({"on": ["sample.sent"], "until": ["report.received"]})
    lists = Story(a_rule(goals=[TEN_HOURS]))
    lists.tell("case.accepted", at="2026-03-05T10:00", facts={"severity": "normal"})
    for name, at in (("sample.sent", "2026-03-05T11:00"), ("report.received", "2026-03-05T14:00")):
        pair.tell(name, at=at)
        lists.tell(name, at=at)
    assert the_clock(pair) == the_clock(lists)
    assert the_clock(pair).due_at == cst("2026-03-05T23:00")


def test_a_clock_without_a_date_waits_too() -> None:
    """The goal's calendar is not confirmed: the reason is opened and closed all the same."""
    far = {"id": "far", "duration": {"amount": 7, "unit": "working_day"}, "calendar": "work", "cite": "X-1 Art.1"}
    story = Story(a_rule(pause_on=[], resume_on=[], pause=[LABORATORY], goals=[far]), calendars=CALENDARS)
    story.tell("case.accepted", at="2026-12-28T10:00", facts={"severity": "normal"})
    story.tell("sample.sent", at="2026-12-28T11:00")
    assert (the_clock(story).status, [one.event for one in the_clock(story).waiting]) == (
        Status.UNDATED,
        ["sample.sent"],
    )
    story.tell("report.received", at="2026-12-28T12:00")
    assert (the_clock(story).status, the_clock(story).waiting) == (Status.UNDATED, ())


def ends_of(cuts: list[int]) -> list[tuple[int, int]]:
    """Spans of one reason, one after another."""
    ordered = sorted(set(cuts))
    return list(zip(ordered[::2], ordered[1::2], strict=False))


def walked(spans: list[tuple[int, int]]) -> datetime:
    """Ten hours from the start, minute by minute, without the minutes in any of the spans."""
    left, minute = 600, 0
    while left:
        left -= not any(begins <= minute < ends for begins, ends in spans)
        minute += 1
    return START + timedelta(minutes=minute)


MINUTES = st.lists(st.integers(min_value=0, max_value=590), max_size=6)


@given(customer=MINUTES, laboratory=MINUTES)
def test_the_due_instant_is_that_of_the_union_of_all_reasons(customer: list[int], laboratory: list[int]) -> None:
    spans = {"question.sent": ends_of(customer), "sample.sent": ends_of(laboratory)}
    until = {"question.sent": "answer.received", "sample.sent": "report.received"}
    events = sorted(
        (minute, name)
        for event, own in spans.items()
        for begins, ends in own
        for minute, name in ((begins, event), (ends, until[event]))
    )
    story = waiting(CUSTOMER, LABORATORY)
    for minute, name in events:
        at = (START + timedelta(minutes=minute)).isoformat()[:19]
        story.tell(name, at=at)
    clock = the_clock(story)
    assert (clock.status, clock.waiting) == (Status.RUNNING, ())
    assert clock.due_at == walked([*spans["question.sent"], *spans["sample.sent"]])


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"pause": [CUSTOMER], "pause_on": ["a.b"], "resume_on": ["c.d"]}, "one more of `pause`"),
        ({"pause": [{"on": ["a.b"], "until": ["a.b"]}]}, "a.b both opens and closes"),
        ({"pause": [CUSTOMER, {"on": ["question.sent"], "until": ["c.d"]}]}, "question.sent opens another reason"),
    ],
)
def test_reasons_that_cannot_be_told_apart_are_errors(changes: dict[str, Any], fault: str) -> None:
    rule = a_rule(**{"pause_on": [], "resume_on": [], **changes})
    assert [fault in message for _, message in clock_errors(rule)] == [True]
