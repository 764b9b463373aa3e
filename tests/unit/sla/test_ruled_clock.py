"""A clock with its rule: the terms of its present goal and the warnings before a due instant that was granted."""

from dataclasses import replace

from services.sla.clocks.rules.plan import Plan, Terms
from services.sla.clocks.rules.ruled_clock import RuledClock
from services.sla.clocks.rules.transitions import start
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
