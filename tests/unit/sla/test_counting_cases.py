"""Which figures an event changes, and what a case counts for: its groups, its limit, what is noted."""

from typing import Any

import pytest

from services.sla.calendars.rules.from_pack import PackCalendar
from services.sla.cases.rules import Case, advance
from services.sla.indicators.rules.count import Counted, IndicatorRules, changed_by, concerned, count
from services.sla.indicators.rules.figure import Figure
from shared.kernel.ids import CaseId, OrgId
from shared.packs.sla.model.indicators import Indicator
from tests.support.calendars import CN_WORKDAYS, SHANGHAI, cst

CALENDARS = {"work": PackCalendar(calendar=CN_WORKDAYS, content_hash="hash of work")}
KINDS = {"count": {"of": "case.registered", "by": "facts.kinds"}}


def an_indicator(measure: dict[str, Any], **changes: Any) -> Indicator:
    return Indicator.parse({
        "id": "i", "label": {"zh": "指标", "en": "Indicator"}, "cite": "X-1 Art.1", "every": "month",
        "measure": measure, **changes,
    })  # fmt: skip


def a_case(*reached: tuple[str, str], **facts: Any) -> Case:
    case = Case(
        org=OrgId("o"), case_id=CaseId("c"), number="1", case_type="complaint", channel="web", pack="p",
        policy_version=1, facts=facts, milestones={}, seq=0,
    )  # fmt: skip
    for name, at in reached:
        case = advance(case, [name], at=cst(at), facts=None)
    return case


def counted(rule: Indicator, case: Case, known: dict[str, Figure] | None = None) -> Counted:
    return count(case, known or {}, IndicatorRules(rules=[rule], calendars=CALENDARS, zone=SHANGHAI))


REGISTERED = ("case.registered", "2026-03-05T10:00")


@pytest.mark.parametrize(
    ("kinds", "groups"),
    [
        ("edge", ("edge",)),
        (["edge", "rust", "edge"], ("edge", "rust")),
        (True, ("true",)),
        (7, ("7",)),
        ("x" * 201, ("x" * 200,)),
        (None, ()),
        ([], ()),
    ],
)
def test_the_groups_of_a_case(kinds: Any, groups: tuple[str, ...]) -> None:
    (figure,) = counted(an_indicator(KINDS), a_case(REGISTERED, kinds=kinds)).figures
    assert figure.groups == groups


def test_a_group_that_cannot_be_computed_is_none_and_noted() -> None:
    result = counted(an_indicator({"count": {"of": "case.registered", "by": "facts.tonnes > 3"}}), a_case(REGISTERED))
    assert [figure.groups for figure in result.figures] == [()]
    assert [(note.name, note.cite) for note in result.notes] == [("group.failed", "X-1 Art.1")]


def test_a_condition_that_cannot_be_computed_counts_the_case_out_and_is_noted() -> None:
    result = counted(an_indicator(KINDS, when="facts.tonnes > 3"), a_case(REGISTERED))
    assert [figure.counts for figure in result.figures] == [False]
    assert [note.name for note in result.notes] == ["condition.failed"]


def test_a_figure_that_is_known_already_is_left_out() -> None:
    case = a_case(REGISTERED, kinds="edge")
    (figure,) = counted(an_indicator(KINDS), case).figures
    assert counted(an_indicator(KINDS), case, {"i": figure}).figures == ()


@pytest.mark.parametrize(
    ("unit", "due"),
    [("working_day", "2026-03-09T17:00"), ("day", "2026-03-07T24:00"), ("working_hour", "2026-03-05T12:00")],
)
def test_a_limit_counts_on_its_calendar_or_in_calendar_days(unit: str, due: str) -> None:
    """Two of the unit from Thursday 5 March 10:00."""
    within = {"duration": {"amount": 2, "unit": unit}, "calendar": "work"}
    rule = an_indicator({"share": {"of": "case.registered", "done": "case.answered", "within": within}})
    (figure,) = counted(rule, a_case(REGISTERED)).figures
    assert figure.due_at == cst(due)


def test_which_indicators_an_event_changes() -> None:
    kinds, closed = an_indicator(KINDS), an_indicator({"count": {"of": "case.closed"}})
    both = [kinds, closed]
    assert changed_by(both, ["case.registered"], facts_changed=False) == [kinds]
    assert changed_by(both, ["case.closed", "x.y"], facts_changed=False) == [closed]
    assert changed_by(both, ["x.y"], facts_changed=True) == [kinds]
    assert changed_by(both, ["x.y"], facts_changed=False) == []


def test_which_indicators_a_case_counts_in() -> None:
    kinds = an_indicator(KINDS)
    assert concerned([kinds], a_case(REGISTERED)) == [kinds]
    assert concerned([kinds], a_case(("case.closed", "2026-03-05T10:00"))) == []
    inquiries, complaints = (an_indicator(KINDS, case_types=[one]) for one in ("inquiry", "complaint"))
    assert concerned([inquiries, complaints], a_case(REGISTERED)) == [complaints]
