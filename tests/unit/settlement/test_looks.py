"""Looks at other remedies: by what they are found, what expressions see, what the approval table adds, and the lint."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.settlement.cases.rules import Case
from services.settlement.looks.rules import COUNTING, Answer, cumulated, from_record, key_of, recorded, seen_as
from services.settlement.remedies.rules.states import State
from shared.kernel.money import Money
from shared.packs.publishing.registry import errors, warnings
from shared.packs.settlement.model.looks import RemedyLook
from shared.packs.settlement.model.section import SettlementSection
from tests.support.settlement import a_case, documents

LABEL = {"zh": "看", "en": "Look"}
NOON = datetime(2026, 3, 6, 4, tzinfo=UTC)
SPENT = Answer(count=2, total=Money(minor=70_050), remedies=("r-1", "r-2"), at=NOON)


def _look(*same: str, **more: Any) -> dict[str, Any]:
    return {"id": "spent", "label": LABEL, "same": list(same), "cite": "X-1 Art.1", **more}


def _case(**changes: Any) -> Case:
    return replace(a_case(serial="S-1"), **{"order_ref": "O-1", **changes})


@pytest.mark.parametrize(
    ("same", "changes"),
    [
        (["order"], {"order_ref": None}),
        (["order"], {"order_ref": ""}),
        (["customer"], {"customer_ref": ""}),
        (["order", "facts.lot"], {}),
    ],
)
def test_nothing_is_looked_by_what_is_absent(same: list[str], changes: dict[str, Any]) -> None:
    assert key_of(RemedyLook.parse(_look(*same)), _case(**changes)) is None


def test_a_key_has_what_is_compared_and_nothing_else() -> None:
    key = key_of(RemedyLook.parse(_look("order", "facts.serial")), _case())
    assert key is not None
    assert (key.customer, key.order, key.case_type, key.facts) == (None, "O-1", None, {"serial": "S-1"})
    both = key_of(RemedyLook.parse(_look("customer", "case_type")), _case())
    assert both is not None
    assert (both.customer, both.order, both.case_type) == ("C-1", None, "quality_objection")
    assert key.text() != both.text()


def test_expressions_see_the_sum_in_major_units_and_null_for_what_was_absent() -> None:
    seen = seen_as({"spent": SPENT, "lot": None})
    assert {name: str(value) for name, value in seen["spent"].items()} == {"count": "2", "sum": "700.50"}  # type: ignore[attr-defined]
    assert seen["lot"] is None


def test_a_kept_answer_is_read_back_equal() -> None:
    answers = {"spent": SPENT, "lot": None}
    assert from_record(recorded(answers)) == answers


@pytest.mark.parametrize(
    ("worth", "look", "taken", "compared"),
    [
        (30_000, None, [{"spent": SPENT}], 30_000),  # the table adds nothing
        (30_000, "spent", [{"spent": SPENT}], 100_050),
        (30_000, "spent", [{"other": None}, {"spent": SPENT}], 100_050),  # the newest that has it
        (30_000, "spent", [{"spent": None}, {"spent": SPENT}], None),  # no order: the strictest row
        (30_000, "spent", [], 30_000),
        (None, "spent", [{"spent": SPENT}], None),
    ],
)
def test_the_table_is_compared_with_the_worth_and_the_sum(
    worth: int | None, look: str | None, taken: list[Any], compared: int | None
) -> None:
    own = None if worth is None else Money(minor=worth)
    expected = None if compared is None else Money(minor=compared)
    assert cumulated(own, look=look, taken=taken) == expected


def test_what_counts_as_approved_stands_and_was_approved() -> None:
    """Neither what still waits for an approval, nor what was declined, refused by the ERP, or expired."""
    assert set(COUNTING["approved"]) == {State.APPROVED, State.PAYOUT_REQUESTED, State.IN_DOUBT, State.EXECUTED}
    assert set(COUNTING["executed"]) == {State.EXECUTED}


ROWS: list[dict[str, Any]] = [
    {"up_to": "100.00", "roles": ["team"], "cite": "X-1 a"},
    {"up_to": None, "roles": ["leader"], "cite": "X-1 a"},
]
GATE = {
    "id": "few",
    "that": "looks.spent.count < 2",
    "code": "too_many",
    "message": {"zh": "多", "en": "Many"},
    "cite": "X-1 a",
}


def _section(**changes: Any) -> SettlementSection:
    whole = documents()
    return SettlementSection.parse(
        whole | {"looks": [_look("customer")], "gates": [*whole["gates"], GATE], "approval": ROWS} | changes
    )


@pytest.mark.parametrize(
    ("look", "fault"),
    [
        (_look("case_type"), "name `customer` or `order`"),
        (_look("order", "order"), "order stands twice"),
        (_look("order", period="month", within={"amount": 1, "unit": "month"}), "write `within` or `period`"),
    ],
)
def test_lint_says_what_is_wrong_with_a_look(look: dict[str, Any], fault: str) -> None:
    assert [fault in message for _, message in errors(_section(looks=[look]))] == [True]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([row | {"cumulative": "spend"} for row in ROWS], "no look `spend`"),
    ],
)
def test_lint_says_what_is_wrong_with_a_table_that_adds(rows: list[dict[str, Any]], fault: str) -> None:
    assert {fault in message for _, message in errors(_section(approval=rows))} == {True}


def test_each_row_of_a_table_may_add_another_look_or_none() -> None:
    looks = [_look("customer"), _look("order") | {"id": "of_order"}]
    rows = [ROWS[0] | {"cumulative": "spent"}, ROWS[0] | {"up_to": "900.00", "cumulative": "of_order"}, ROWS[1]]
    assert list(errors(_section(looks=looks, approval=rows))) == []


def test_lint_warns_of_a_look_that_nothing_reads() -> None:
    told = [message for _, message in warnings(_section(gates=documents()["gates"]))]
    assert "neither an expression nor the approval table reads looks.spent" in told
    assert all("reads looks.spent" not in message for _, message in warnings(_section()))
