"""Looks at other cases without a database: from when on, which of the others count, what is kept of an answer."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.intake.entries.rules.errors import GateRefused, RuleFailed
from services.intake.looks.rules import (
    Answer,
    Answers,
    Looker,
    LookNotReady,
    LookTooLarge,
    Other,
    answered,
    earliest,
    recorded,
    require_alone,
    require_filled,
    seen_as,
)
from shared.kernel.ids import CaseId, OrgId
from shared.packs.intake.model.looks import Look, Unique
from tests.unit.intake.builders import text

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 3, 30, 16, 30, tzinfo=UTC)  # 31 March, half past midnight in Shanghai


def a_look(**changes: Any) -> Look:
    return Look.parse({"id": "others", "label": text("他"), "same": ["order"], "cite": "X-1 Art.1"} | changes)


def a_unique(**changes: Any) -> Unique:
    own = {
        "id": "one",
        "label": text("一"),
        "same": ["order"],
        "cite": "X-2 Art.2",
        "code": "taken",
        "message": text("有"),
    }
    return Unique.parse(own | changes)


def other(number: str = "C-1", *, received: datetime = AT, **facts: Any) -> Other:
    return Other(
        case_id=CaseId(f"id-{number}"),
        number=number,
        case_type="claim",
        status="open",
        received_at=received,
        facts=facts,
        milestones=("case.registered",),
    )


def instant(month: int, day: int, hour: int = 16, *, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("within", "since"),
    [
        ({"amount": 0, "unit": "day"}, instant(3, 30)),
        ({"amount": 30, "unit": "day"}, instant(2, 28)),  # 1 March
        ({"amount": 2, "unit": "week"}, instant(3, 16)),  # 17 March
        ({"amount": 1, "unit": "month"}, instant(2, 27)),  # 28 February, the last day of a shorter month
        ({"amount": 12, "unit": "month"}, instant(3, 30, year=2025)),
        ({"amount": 2, "unit": "year"}, instant(3, 30, year=2024)),
        ({"amount": 10_000, "unit": "year"}, None),  # before there were years
        ({"amount": 2026, "unit": "year"}, None),
    ],
)
def test_days_are_counted_back_in_the_packs_zone(within: dict[str, Any], since: datetime | None) -> None:
    assert earliest(a_look(within=within), at=AT, zone=SHANGHAI) == since


@pytest.mark.parametrize(
    ("period", "since"),
    [("month", instant(2, 28)), ("quarter", instant(12, 31, year=2025)), ("year", instant(12, 31, year=2025))],
)
def test_a_period_is_that_of_the_packs_zone(period: str, since: datetime) -> None:
    assert earliest(a_look(period=period), at=AT, zone=SHANGHAI) == since


def test_without_either_all_times_are_looked_at() -> None:
    assert earliest(a_look(), at=AT, zone=SHANGHAI) is None


def test_the_sum_is_exact_and_over_those_that_count() -> None:
    look = a_look(when="other.facts.kind == 'a'", sum="number(other.facts.claimed)")
    others = [
        other("C-1", kind="a", claimed="0.1"),
        other("C-2", kind="b", claimed="5"),
        other("C-3", kind="a", claimed="0.2"),
    ]
    answer = answered(look, others)

    assert ([each.number for each in answer.cases], answer.total) == (["C-1", "C-3"], Decimal("0.3"))
    assert answered(look, []) == Answer(cases=(), total=Decimal(0))
    assert answered(a_look(), others).total is None


@pytest.mark.parametrize("written", [{"when": "other.facts.count > 1"}, {"sum": "number(other.facts.claimed)"}])
def test_one_over_which_it_cannot_be_computed_refuses_under_the_looks_rule(written: dict[str, str]) -> None:
    with pytest.raises(RuleFailed) as refused:
        answered(a_look(**written), [other(count=2, claimed="1"), other(claimed="many")])
    assert refused.value.cite == "X-1 Art.1"


def test_a_thousand_are_read_and_one_more_refuses() -> None:
    assert len(answered(a_look(), [other()] * 1000).cases) == 1000
    with pytest.raises(LookTooLarge) as refused:
        answered(a_look(), [other()] * 1001)
    assert (refused.value.cite, refused.value.fields) == ("X-1 Art.1", {"look": "others", "most": 1000})


def test_what_is_not_indexed_yet_is_no_answer() -> None:
    require_filled(a_look(), is_filled=True)
    with pytest.raises(LookNotReady):
        require_filled(a_look(), is_filled=False)


def test_expressions_see_counts_sums_and_cases_and_null_of_an_absent_key() -> None:
    answers = Answers(at=AT, of={"a": Answer(cases=(other(),), total=Decimal("1.50")), "b": None})
    listed = {"number": "C-1", "case_type": "claim", "status": "open", "received_at": "2026-03-30T16:30:00Z"}

    assert seen_as(answers) == {"a": {"count": 1, "sum": Decimal("1.50"), "cases": [listed]}, "b": None}


def test_history_keeps_twenty_numbers() -> None:
    many = tuple(other(f"C-{n}") for n in range(21))
    kept = recorded(Answers(at=AT, of={"a": Answer(cases=many, total=Decimal("1.50")), "b": None}))

    as_of = {"as_of": "2026-03-30T16:30:00Z"}
    assert kept["a"] == {"count": 21, "sum": "1.50", "cases": [f"C-{n}" for n in range(20)], **as_of}
    assert kept["b"] == {"count": None, "sum": None, "cases": [], **as_of}


def test_what_one_case_has_is_refused_to_another_whichever_was_received_first() -> None:
    item = a_unique(within={"amount": 1, "unit": "month"})
    in_the_way = other("C-9", received=instant(2, 27))  # 28 February, 00:00
    with pytest.raises(GateRefused) as refused:
        require_alone(item, [in_the_way], received_at=AT, zone=SHANGHAI)
    assert (refused.value.code, refused.value.cite, refused.value.title.zh) == ("taken", "X-2 Art.2", "有")
    assert refused.value.fields == {"case": "C-9", "case_id": "id-C-9"}
    with pytest.raises(GateRefused):
        require_alone(item, [other(received=AT)], received_at=instant(2, 27), zone=SHANGHAI)
    require_alone(item, [other(received=AT)], received_at=instant(2, 27, 15), zone=SHANGHAI)
    require_alone(item, [other(received=instant(2, 27, 15))], received_at=AT, zone=SHANGHAI)


def test_only_those_are_in_the_way_for_which_the_condition_holds() -> None:
    require_alone(a_unique(among="other.status != 'open'"), [other()], received_at=AT, zone=SHANGHAI)
    with pytest.raises(RuleFailed):
        require_alone(a_unique(among="other.facts.n > 1"), [other()], received_at=AT, zone=SHANGHAI)


def test_a_key_is_the_same_in_any_order() -> None:
    look, unique = a_look(same=["order", "facts.serial"]), a_unique(same=["facts.serial", "order"])
    looker = Looker(
        org=OrgId("o"), case_id=CaseId("c"), pack="small", case_type="claim", customer_ref="C-1", order_ref=None,
        owner="clerk", facts={"serial": "A-1"},
    )  # fmt: skip

    assert look.key == unique.key == "facts.serial|order"
    assert (look.facts, looker.values(look)) == (("serial",), (None, "A-1"))
