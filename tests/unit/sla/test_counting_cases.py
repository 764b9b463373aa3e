"""Which figures an event changes, and what a case counts for: its groups, its limit, what is noted."""

from decimal import Decimal
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
        org=OrgId("o"), case_id=CaseId("c"), number="1", case_type="complaint", channel="web", customer_ref="C-1", pack="p",
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


EITHER = ["case.closed", "work.completed"]
TONNES = {"sum": {"of": EITHER, "amount": "number(facts.tonnes)", "unit": "t"}}


@pytest.mark.parametrize(
    ("tonnes", "amount"),
    [("2.5", "2.5"), (3, "3"), ("-1", "-1"), ("0.0000000005", "0.000000001"), ("0", "0")],
)
def test_the_amount_that_a_case_adds(tonnes: Any, amount: str) -> None:
    (figure,) = counted(an_indicator(TONNES), a_case(("case.closed", "2026-03-05T10:00"), tonnes=tonnes)).figures
    assert (figure.counts, figure.amount) == (True, Decimal(amount))


@pytest.mark.parametrize(
    "amount", ["facts.tonnes", "number(facts.missing)", "facts.much > 1", "facts.word", "facts.much"]
)
def test_a_case_without_an_amount_does_not_count(amount: str) -> None:
    case = a_case(("case.closed", "2026-03-05T10:00"), tonnes=None, word="x", much=10**18)
    (figure,) = counted(an_indicator({"sum": TONNES["sum"] | {"amount": amount}}), case).figures
    assert (figure.counts, figure.amount) == (False, None)


def test_a_case_that_reached_two_of_several_milestones_counts_once_at_the_last_time() -> None:
    rule = an_indicator({"count": {"of": EITHER}})
    assert counted(rule, a_case(REGISTERED)).figures == ()
    one = a_case(("work.completed", "2026-03-05T10:00"))
    (first,) = counted(rule, one).figures
    (second,) = counted(rule, advance(one, ["case.closed"], at=cst("2026-04-01T10:00"), facts=None)).figures
    assert (first.at, second.at) == (cst("2026-03-05T10:00"), cst("2026-04-01T10:00"))
    (back_dated,) = counted(rule, advance(one, ["case.closed"], at=cst("2026-03-04T10:00"), facts=None)).figures
    assert back_dated.at == cst("2026-03-05T10:00")
    assert changed_by([rule], ["case.closed"], facts_changed=False) == [rule]
    assert changed_by([an_indicator(TONNES)], [], facts_changed=True) != []


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


def test_a_figure_says_of_which_case_in_which_indicator_and_by_when_it_had_to_be_done() -> None:
    within = {"duration": {"amount": 2, "unit": "working_day"}, "calendar": "work"}
    share = an_indicator({"share": {"of": "case.registered", "done": "case.answered", "within": within}})
    answered = a_case(REGISTERED, ("case.answered", "2026-03-05T10:00"))
    figure = Figure(
        org=OrgId("o"),
        pack="p",
        indicator="i",
        case_id=CaseId("c"),
        at=cst("2026-03-05T10:00"),
        counts=True,
        due_at=cst("2026-03-09T17:00"),
        done_at=cst("2026-03-05T10:00"),
        done=True,
    )
    assert counted(share, answered).figures == (figure,)
    assert counted(share, answered, {"i": figure}).figures == ()


def test_days_of_an_average_are_those_of_the_packs_zone() -> None:
    average = an_indicator({"average_days": {"from": "case.registered", "to": "case.closed"}})
    case = a_case(("case.registered", "2026-03-06T23:59"), ("case.closed", "2026-03-07T00:01"))
    (figure,) = counted(average, case).figures
    assert (figure.days, figure.counts) == (1, True)
