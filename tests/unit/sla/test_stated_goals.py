"""Until an instant that the case states: promised callbacks and dates, reply windows, what is tried in their place."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pytest

from services.sla.calendars.rules.calendar import Calendar, prepare
from services.sla.calendars.rules.working_days import CalendarSpec, Window
from services.sla.cases.rules import Case, Evaluation
from services.sla.clockpage.rules import explain
from services.sla.clocks.rules.plan import Terms, plan
from services.sla.clocks.rules.stated import stated
from services.sla.clocks.rules.terms import calendar_ids, chosen
from shared.kernel.ids import CaseId, OrgId
from shared.packs.publishing.registry import referenced, warnings
from shared.packs.sla.model.clocks import Clock, Warn
from shared.packs.sla.model.section import SlaSection
from tests.support.calendars import CALENDAR_DAYS, CN_WORKDAYS, SKS_REPLY, cst
from tests.support.sections import checked

CALENDARS: Mapping[str, Calendar] = {"reply": SKS_REPLY, "always": CALENDAR_DAYS, "work": CN_WORKDAYS}
AGREED = {"id": "agreed", "at": "facts.callback_at", "calendar": "always", "cite": "X-2 a"}
SOON = {
    "id": "soon",
    "duration": {"amount": 0, "unit": "minute"},
    "calendar": "always",
    "snap_to": "reply",
    "cite": "X-2 b",
}


def a_clock(*goals: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "id": "callback", "label": {"zh": "回电", "en": "Callback"}, "cite": "X-2 P2.2.3", "start": "reply.ready",
        "stop": ["reply.given"], "goals": goals, **changes,
    }  # fmt: skip


def a_case(**facts: Any) -> Case:
    return Case(
        org=OrgId("o"), case_id=CaseId("c"), number="1", case_type="complaint", channel="web", customer_ref="C-1", pack="p",
        policy_version=1, facts=facts, milestones={}, seq=0,
    )  # fmt: skip


def found(*goals: Mapping[str, Any], ready: str, **facts: Any) -> Terms | None:
    return chosen(Clock.parse(a_clock(*goals)), Evaluation(a_case(**facts)), CALENDARS, started_at=cst(ready))


def due(*goals: Mapping[str, Any], ready: str, **facts: Any) -> datetime:
    terms = found(*goals, ready=ready, **facts)
    assert terms is not None
    planned = plan(terms, started_at=cst(ready), pauses=(), warn=())
    assert explain(terms, started_at=cst(ready), pauses=()).due_at == planned.due_at
    return planned.due_at


@pytest.mark.parametrize(
    ("ready", "at"),
    [
        ("2026-03-02T12:30", "2026-03-02T15:00"),
        ("2026-03-02T18:20", "2026-03-03T09:00"),
        ("2026-03-02T08:59:59", "2026-03-02T09:00"),
        ("2026-03-02T09:00", "2026-03-02T09:00"),
        ("2026-03-02T11:59:59", "2026-03-02T11:59:59"),
        ("2026-03-02T12:00", "2026-03-02T15:00"),
        ("2026-03-02T15:00", "2026-03-02T15:00"),
        ("2026-03-02T17:59:59", "2026-03-02T17:59:59"),
        ("2026-03-02T18:00", "2026-03-03T09:00"),
        ("2026-03-07T20:00", "2026-03-08T09:00"),
    ],
)
def test_a_callback_without_an_agreed_time_comes_in_the_next_window(ready: str, at: str) -> None:
    assert due(AGREED, SOON, ready=ready) == cst(at)
    assert due(AGREED, SOON, ready=ready, callback_at=None) == cst(at)


def test_an_agreed_callback_is_due_then_window_or_not() -> None:
    assert due(AGREED, SOON, ready="2026-03-02T12:30", callback_at="2026-03-02T13:30:00+08:00") == cst(
        "2026-03-02T13:30"
    )
    assert due(AGREED, SOON, ready="2026-03-02T12:30", callback_at="2026-03-02T05:30:00Z") == cst("2026-03-02T13:30")


@pytest.mark.parametrize(
    ("callback_at", "goal"),
    [
        ("2026-03-02T12:29:59+08:00", "soon"),
        ("2026-03-02T12:30:00+08:00", "agreed"),
        ("2026-03-02T13:30:00", "soon"),
        ("tomorrow", "soon"),
        ("2026-13-45", "soon"),
        ("9999-12-31", "soon"),
        ("9999-12-31T23:59:59-14:00", "soon"),
        ("0001-01-01T00:00:00+14:00", "soon"),
        (20260302, "soon"),
        (True, "soon"),
        (["2026-03-03"], "soon"),
    ],
)
def test_what_is_before_the_start_or_no_instant_leaves_the_next_goal(callback_at: Any, goal: str) -> None:
    terms = found(AGREED, SOON, ready="2026-03-02T12:30", callback_at=callback_at)
    assert terms is not None
    assert terms.goal == goal


def test_without_a_goal_to_fall_back_on_there_is_none_until_the_case_states_one() -> None:
    assert found(AGREED, ready="2026-03-02T12:30") is None
    assert found(AGREED, ready="2026-03-02T12:30", callback_at="2026-03-01") is None
    assert found(AGREED, ready="2026-03-02T12:30", callback_at="2026-03-02") is not None


@pytest.mark.parametrize(
    ("calendar", "on", "at"),
    [
        ("work", "2026-03-09", "2026-03-09T17:00"),
        ("always", "2026-03-09", "2026-03-09T24:00"),
        ("work", "2026-03-07", "2026-03-07T24:00"),  # a Saturday: no closing that day
        ("work", "2026-10-10", "2026-10-10T17:00"),  # a worked Saturday
        ("reply", "2026-03-09", "2026-03-09T18:00"),
    ],
)
def test_a_promised_date_is_due_at_that_days_close(calendar: str, on: str, at: str) -> None:
    promised = AGREED | {"calendar": calendar, "at": "facts.promised_on"}
    assert due(promised, ready="2026-03-05T10:00", promised_on=on) == cst(at)
    assert due(promised | {"snap_to": "reply"}, ready="2026-03-05T10:00", promised_on=on) == cst(at)


def test_a_promised_date_on_a_day_off_moves_where_the_pack_says_so() -> None:
    promised = AGREED | {"calendar": "work", "at": "facts.promised_on", "roll_to": "work"}
    assert due(promised, ready="2026-03-05T10:00", promised_on="2026-03-07") == cst("2026-03-09T17:00")
    assert due(promised, ready="2026-03-05T10:00", promised_on="2026-03-06") == cst("2026-03-06T17:00")


def test_today_is_no_promise_once_the_office_has_closed() -> None:
    promised = AGREED | {"calendar": "work", "at": "facts.promised_on"}
    assert found(promised, ready="2026-03-05T17:00:01", promised_on="2026-03-05") is None
    assert due(promised, ready="2026-03-05T17:00", promised_on="2026-03-05") == cst("2026-03-05T17:00")


def test_an_instant_is_snapped_too() -> None:
    agreed = AGREED | {"snap_to": "reply"}
    noon, late = "2026-03-03T13:00:00+08:00", "2026-03-03T23:00:00+08:00"
    assert due(agreed, ready="2026-03-02T10:00", callback_at=noon) == cst("2026-03-03T15:00")
    assert due(agreed, ready="2026-03-02T10:00", callback_at=late) == cst("2026-03-04T09:00")


def test_an_hour_that_ends_at_night_is_snapped_to_the_morning() -> None:
    hour = SOON | {"duration": {"amount": 1, "unit": "hour"}}
    assert due(hour, ready="2026-03-02T10:00") == cst("2026-03-02T11:00")
    assert due(hour, ready="2026-03-02T11:30") == cst("2026-03-02T15:00")
    assert due(hour, ready="2026-03-02T17:30") == cst("2026-03-03T09:00")


def test_warnings_come_before_a_stated_instant() -> None:
    terms = found(AGREED, ready="2026-03-02T10:00", callback_at="2026-03-02T14:00:00+08:00")
    assert terms is not None
    planned = plan(terms, started_at=cst("2026-03-02T10:00"), pauses=(), warn=(Warn(percent=75),))
    assert planned.warn_at == (cst("2026-03-02T13:00"),)


def test_the_explanation_says_where_the_instant_comes_from() -> None:
    def reasons(terms: Terms | None, at: str) -> list[tuple[str, str]]:
        assert terms is not None
        explained = explain(terms, started_at=cst(at), pauses=())
        return [(line.on.isoformat(), line.reason.en) for line in explained.days]

    agreed = found(AGREED, ready="2026-03-02T10:00", callback_at="2026-03-02T13:30:00+08:00")
    assert reasons(agreed, "2026-03-02T10:00") == [("2026-03-02", "the instant that the case states")]
    soon = found(SOON, ready="2026-03-02T18:20")
    assert reasons(soon, "2026-03-02T18:20")[-1] == ("2026-03-03", "outside hours, moved to the next opening")
    promised = AGREED | {"calendar": "work", "at": "facts.promised_on"}
    on_saturday = found(promised, ready="2026-03-05T10:00", promised_on="2026-03-07")
    assert reasons(on_saturday, "2026-03-05T10:00") == [
        ("2026-03-07", "weekend; the date that the case states, due at its end, until 24:00")
    ]


def test_a_day_that_rolls_onto_one_on_which_its_own_calendar_is_closed_ends_with_the_other() -> None:
    """A date on Saturday rolls to the Sunday market, on which the office has no closing time of its own."""
    sundays = prepare(
        CalendarSpec(
            zone="Asia/Shanghai",
            weekly=((), (), (), (), (), (), (Window(opens=480, closes=720),)),
            first_on=date(2026, 1, 1),
            last_on=date(2026, 12, 31),
        )
    )
    promise = stated("2026-03-07", source="facts.x")
    assert promise is not None
    office = Terms(
        goal="g", cite="X-1 a", length=promise, calendar=CN_WORKDAYS, opening_hours=CN_WORKDAYS, roll_to=sundays
    )
    assert plan(office, started_at=cst("2026-03-05T10:00"), pauses=(), warn=()).due_at == cst("2026-03-08T12:00")
    assert explain(office, started_at=cst("2026-03-05T10:00"), pauses=()).due_at == cst("2026-03-08T12:00")


@pytest.mark.parametrize("text", ["2026-03-09", "2026-03-02T13:30:00+08:00", "2026-03-02T05:30:00.123456Z"])
def test_what_is_stored_of_a_stated_instant_reads_back_the_same(text: str) -> None:
    first = stated(text, source="facts.x")
    assert first is not None
    again = stated(first.text, source="facts.x")
    assert again is not None
    assert (again, again.text) == (first, first.text)


@pytest.mark.parametrize(
    ("goal", "fault"),
    [
        ({**AGREED, "duration": {"amount": 1, "unit": "day"}}, "either `duration` or `at`"),
        ({"id": "g", "calendar": "work", "cite": "X-1 a"}, "either `duration` or `at`"),
        ({**AGREED, "counts_first_day": True}, "in days or weeks"),
        ({**SOON, "counts_first_day": True}, "in days or weeks"),
        ({**SOON, "duration": {"amount": 1, "unit": "month"}, "snap_to": None, "counts_first_day": True}, "in days or weeks"),
        ({**SOON, "duration": {"amount": 1, "unit": "working_day"}}, "moved by `roll_to`"),
        ({**AGREED, "roll_to": "work", "snap_to": "work"}, "either `roll_to` or `snap_to`"),
    ],
)  # fmt: skip
def test_what_a_goal_may_not_say(goal: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        checked(Clock, a_clock(goal))


def test_calendars_that_a_goal_snaps_to_are_pinned_with_it() -> None:
    assert calendar_ids(Clock.parse(a_clock(AGREED, SOON))) == ["always", "reply"]
    assert [name for _, name in referenced(SlaSection.parse({"clocks": [a_clock(SOON)]})).calendars] == [
        "always",
        "reply",
    ]


@pytest.mark.parametrize(
    ("clock", "doubtful"),
    [
        (a_clock(AGREED), True),
        (a_clock(AGREED, SOON), False),
        (a_clock({**AGREED, "when": "(facts.callback_at ?? null) != null"}), False),
        (a_clock(AGREED, when="(facts.callback_at ?? null) != null"), False),
    ],
)
def test_a_clock_that_waits_for_an_instant_nobody_asks_for_is_a_doubt(clock: dict[str, Any], doubtful: bool) -> None:
    assert bool(list(warnings(SlaSection.parse({"clocks": [clock]})))) is doubtful


def by_pack(unit: str, amount: int, *, calendar: str = "work", **goal: Any) -> dict[str, Any]:
    return {"id": "g", "duration": {"amount": amount, "unit": unit}, "calendar": calendar, "cite": "X-1 a", **goal}


@pytest.mark.parametrize(
    ("goal", "start", "at"),
    [
        (by_pack("minute", 10), "2026-03-06T16:55", "2026-03-06T17:05"),
        (by_pack("hour", 1), "2026-03-06T23:30", "2026-03-07T00:30"),
        (by_pack("hour", 48), "2026-03-06T16:00", "2026-03-08T16:00"),
        (by_pack("working_hour", 4), "2026-03-06T13:00", "2026-03-06T17:00"),
        (by_pack("working_hour", 4), "2026-03-06T13:00:01", "2026-03-09T08:00:01"),
        (by_pack("working_day", 3), "2026-03-06T17:00:01", "2026-03-11T17:00"),
        (by_pack("working_day", 3, counts_first_day=True), "2026-03-06T10:00", "2026-03-10T17:00"),
        (by_pack("working_day", 3, counts_first_day=True), "2026-03-07T10:00", "2026-03-11T17:00"),
        (by_pack("day", 2), "2026-03-06T00:00", "2026-03-08T24:00"),
        (by_pack("day", 5, counts_first_day=True), "2026-03-06T23:59", "2026-03-10T24:00"),
        (by_pack("day", 15), "2026-03-06T10:00", "2026-03-21T24:00"),
        (by_pack("day", 2, roll_to="work"), "2026-03-05T10:00", "2026-03-09T24:00"),
        (by_pack("day", 2, roll_to="work"), "2026-03-04T10:00", "2026-03-06T24:00"),
        (by_pack("week", 1), "2026-02-25T10:00", "2026-03-04T24:00"),
        (by_pack("month", 1), "2026-01-31T10:00", "2026-02-28T24:00"),
        (by_pack("month", 1, roll_to="work"), "2026-01-31T10:00", "2026-02-28T24:00"),  # a worked Saturday
        (by_pack("year", 1, calendar="always"), "2024-02-29T10:00", "2025-02-28T24:00"),
    ],
)
def test_units_at_their_boundaries_as_a_pack_writes_them(goal: dict[str, Any], start: str, at: str) -> None:
    assert due(goal, ready=start) == cst(at)
