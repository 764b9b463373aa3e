"""A clock with its rule: how it begins, the terms of its present goal, and warnings before a granted due instant."""

from dataclasses import replace
from datetime import date

import pytest

from services.sla.calendars.rules.from_pack import Calendars, PackCalendar
from services.sla.cases.rules import Case, Evaluation, advance
from services.sla.clocks.rules.begin import Beginning, began
from services.sla.clocks.rules.clock import Clock as StoredClock
from services.sla.clocks.rules.clock import Severity, Status, Target, Why
from services.sla.clocks.rules.errors import GoalUnknown
from services.sla.clocks.rules.plan import Plan, Terms
from services.sla.clocks.rules.ruled_clock import RuledClock
from services.sla.clocks.rules.stated import Stated
from services.sla.clocks.rules.transitions import start
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.text import Text
from shared.packs.language.durations import Duration
from shared.packs.sla.model.clocks import Clock
from tests.support.calendars import CN_WORKDAYS, SKS_REPLY, cst
from tests.unit.sla.test_transitions import DUE, START, undated

RULE = Clock.parse({
    "id": "cycle", "label": {"zh": "周期", "en": "Cycle"}, "cite": "LG-35 Art.35", "start": "case.accepted",
    "stop": ["case.closed"], "warn": [{"percent": 50}], "goals": [
        {"id": "major", "when": "facts.major", "duration": {"amount": 20, "unit": "working_day"}, "calendar": "work",
         "cite": "LG-35d Art.35"},
        {"id": "normal", "duration": {"amount": 7, "unit": "working_day"}, "calendar": "work", "cite": "LG-35c Art.35"},
    ],
})  # fmt: skip
RULED = RuledClock(
    clock=start(undated(), Plan(goal="normal", cite="LG-35c Art.35", due_at=DUE, warn_at=()), at=START).clock,
    rule=RULE,
    calendars={"work": CN_WORKDAYS, "reply": SKS_REPLY},
)


def test_the_terms_are_those_of_the_present_goal_on_the_pinned_calendars() -> None:
    assert RULED.terms() == Terms(
        goal="normal",
        cite="LG-35c Art.35",
        length=Duration(amount=7, unit="working_day"),
        calendar=CN_WORKDAYS,
        opening_hours=CN_WORKDAYS,
    )
    assert RULED.calendar() is CN_WORKDAYS
    other_version = replace(RULED, calendars={"work": SKS_REPLY})
    assert other_version.calendar() is SKS_REPLY


def test_warnings_before_a_granted_due_instant_count_from_the_start() -> None:
    # 94 working hours from 5 March 10:00 to 20 March 17:00; 47 of them are over at 09:00 on 13 March
    assert RULED.warnings(cst("2026-03-20T17:00")) == (cst("2026-03-13T09:00"),)


AGREED = Clock.parse({
    "id": "callback", "label": {"zh": "回电", "en": "Callback"}, "cite": "X-2 Art.2", "start": "reply.ready",
    "stop": ["reply.given"], "severity": "warning",
    "goals": [{"id": "agreed", "at": "facts.callback_at", "calendar": "work", "cite": "X-2 Art.3"}],
})  # fmt: skip


def on_goal(goal: str, stated: str | None) -> RuledClock:
    clock = start(undated(), Plan(goal=goal, cite="X-2 Art.3", due_at=DUE, warn_at=(), stated=stated), at=START).clock
    return RuledClock(clock=clock, rule=AGREED, calendars={"work": CN_WORKDAYS})


def test_the_terms_of_a_stated_goal_are_read_back_from_the_target() -> None:
    assert on_goal("agreed", "2026-03-16").terms() == Terms(
        goal="agreed",
        cite="X-2 Art.3",
        length=Stated(at=date(2026, 3, 16), source="facts.callback_at"),
        calendar=CN_WORKDAYS,
        opening_hours=CN_WORKDAYS,
    )


@pytest.mark.parametrize(("goal", "stated"), [("gone", None), ("agreed", None), ("agreed", "soon")])
def test_a_goal_that_the_rule_or_the_target_no_longer_tells_is_named(goal: str, stated: str | None) -> None:
    with pytest.raises(GoalUnknown) as refused:
        on_goal(goal, stated).terms()
    assert refused.value.fields == {"goal": goal}


def test_a_clock_begins_with_what_its_rule_says_and_the_instant_that_the_case_states() -> None:
    case = advance(
        Case(
            org=OrgId("o"), case_id=CaseId("c"), number="1", case_type="complaint", channel="web", customer_ref="C-1", pack="p",
            policy_version=1, facts={"callback_at": "2026-03-16"}, milestones={}, seq=6,
        ),
        ["reply.ready"], at=START, facts=None,
    )  # fmt: skip
    work = PackCalendar(calendar=CN_WORKDAYS, content_hash="hash of work")
    new = Beginning(rule=AGREED, clock_id="k", calendars=Calendars(of_pack={"work": work}), recorded_at=DUE)
    change = began(new, Evaluation(case), [])
    assert change is not None
    assert change.clock == StoredClock(
        org=OrgId("o"),
        case_id=CaseId("c"),
        clock_id="k",
        rule="callback",
        start_seq=7,
        label=Text(zh="回电", en="Callback"),
        cite="X-2 Art.2",
        severity=Severity.WARNING,
        started_at=START,
        status=Status.RUNNING,
        target=Target(
            generation=1,
            goal="agreed",
            cite="X-2 Art.3",
            due_at=DUE,
            original_due_at=DUE,
            warn_at=(),
            set_at=DUE,
            why=Why.START,
            stated="2026-03-16",
        ),
        calendars={"work": "hash of work"},
        version=1,
    )
