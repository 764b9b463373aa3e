"""Conditions over facts that are absent yet: they do not hold yet, and no clock is lost over them."""

from typing import Any

import pytest

from services.sla.cases.rules import Case, Evaluation
from services.sla.clocks.rules.terms import applies, chosen
from shared.kernel.ids import CaseId, OrgId
from shared.packs.sla.model.clocks import Clock
from tests.support.calendars import CALENDAR_DAYS, cst

DAY = {"amount": 1, "unit": "day"}
CLOCK: dict[str, Any] = {
    "id": "cycle",
    "label": {"zh": "周期", "en": "Cycle"},
    "cite": "X-1 Art.1",
    "start": "case.accepted",
    "stop": ["case.closed"],
    "goals": [
        {"id": "large", "when": "facts.tonnes > 100", "duration": DAY, "calendar": "c", "cite": "X-2 Art.2"},
        {"id": "usual", "duration": DAY, "calendar": "c", "cite": "X-1 Art.1"},
    ],
}


def a_case(tonnes: int | None) -> Case:
    return Case(
        org=OrgId("o"), case_id=CaseId("c"), number="1", case_type="complaint", channel="web", customer_ref="C-1", pack="p",
        policy_version=1, facts={"tonnes": tonnes}, milestones={}, seq=0,
    )  # fmt: skip


@pytest.mark.parametrize(("tonnes", "goal"), [(101, "large"), (100, "usual"), (None, "usual")])
def test_the_first_goal_that_is_known_to_hold(tonnes: int | None, goal: str) -> None:
    started_at = cst("2026-03-02T09:00")
    evaluation = Evaluation(a_case(tonnes))
    found = chosen(Clock.parse(CLOCK), evaluation, {"c": CALENDAR_DAYS}, started_at=started_at)
    assert found is not None
    assert found.goal == goal
    assert [(note.name, note.cite) for note in evaluation.notes] == (
        [("condition.failed", "X-2 Art.2")] if tonnes is None else []
    )


@pytest.mark.parametrize(("tonnes", "starts"), [(101, True), (100, False), (None, False)])
def test_a_clock_starts_once_its_condition_is_known_to_hold(tonnes: int | None, starts: bool) -> None:
    evaluation = Evaluation(a_case(tonnes))
    assert applies(Clock.parse(CLOCK | {"when": "facts.tonnes > 100"}), evaluation) is starts
