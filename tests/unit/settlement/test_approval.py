"""Who may approve how much, and never two things at once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.settlement.approvals.rules import (
    ApprovalRoleRequired,
    ApprovedAlready,
    FourEyes,
    Needed,
    approval_role,
    permitted,
    require_role,
)
from services.settlement.payouts.rules.conditions import require_approvals
from services.settlement.payouts.rules.errors import ApprovalMissing
from services.settlement.remedies.rules.approval_table import Approval, Exempt, missing
from shared.kernel.actor import Actor
from shared.kernel.money import Money
from shared.packs.publishing.registry import errors, referenced
from shared.packs.settlement.checks.own_approval import own_approval_errors, own_approval_warnings
from shared.packs.settlement.model.approval import OwnApproval, table_for
from shared.packs.settlement.model.section import SettlementSection
from tests.support.approval_rows import row_for
from tests.support.settlement import NOON, documents, section

ROWS = section().approval
BOTH = ROWS[2]


def _actor(subject: str, roles: set[str]) -> Actor:
    return Actor(subject=subject, roles=frozenset(roles))


def _by(subject: str, role: str) -> Approval:
    return Approval(role=role, subject=subject, at=NOON)


@pytest.mark.parametrize(
    ("minor", "row"),
    [(1, 0), (1_000_000, 0), (1_000_001, 1), (10_000_000, 1), (10_000_001, 2), (10**14, 2)],
)
def test_the_row_includes_its_limit(minor: int, row: int) -> None:
    assert row_for(ROWS, worth=Money(minor=minor), currency="CNY") is ROWS[row]


def test_unknown_worth_needs_the_strictest_row() -> None:
    assert row_for(ROWS, worth=None, currency="CNY") is BOTH


def _row(up_to: str | None, role: str, **names: list[str]) -> dict[str, Any]:
    return {"up_to": up_to, "roles": [role], "cite": "X-1 Art.1", **names}


TABLES = SettlementSection.parse(
    documents()
    | {
        "approval": [
            _row("1000.00", "team"),
            _row(None, "leader"),
            _row("200.00", "foreman", remedies=["price_difference"]),
            _row(None, "director", remedies=["price_difference"]),
            _row(None, "board", case_types=["lawsuit"]),
            _row("50.00", "clerk", remedies=["price_difference"], case_types=["lawsuit"]),
            _row(None, "chairman", remedies=["price_difference"], case_types=["lawsuit"]),
        ]
    }
).approval


@pytest.mark.parametrize(
    ("remedy", "case_type", "minor", "role"),
    [
        ("rework", "quality_objection", 100_000, "team"),
        ("rework", "quality_objection", 100_001, "leader"),
        ("price_difference", "quality_objection", 20_000, "foreman"),
        ("price_difference", "quality_objection", 20_001, "director"),
        ("rework", "lawsuit", 1, "board"),
        ("price_difference", "lawsuit", 5_000, "clerk"),
        ("price_difference", "lawsuit", 5_001, "chairman"),
    ],
)
def test_the_table_counts_that_names_most_about_a_remedy(remedy: str, case_type: str, minor: int, role: str) -> None:
    table = table_for(TABLES, remedy=remedy, case_type=case_type)

    assert row_for(table, worth=Money(minor=minor), currency="CNY").roles == (role,)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            [_row(None, "leader"), _row("200.00", "foreman", remedies=["price_difference"])],
            [(("approval", 1, "up_to"), "the last row of the approval table must have no limit (`up_to: null`)")],
        ),
        (
            [_row("1.00", "leader"), _row("5.00", "foreman", remedies=["price_difference"]), _row("0.50", "boss"),
             _row(None, "boss"), _row(None, "foreman", remedies=["price_difference"])],
            [(("approval", 2, "up_to"), "the limits of the approval table must rise")],
        ),
        ([_row("5.00", "foreman", remedies=["price_difference"]), _row(None, "leader", remedies=["price_difference"])],
            [(("remedies", 1, "id"), "the approval table has no row for money_compensation: add rows that name no remedies"),
             (("remedies", 2, "id"), "the approval table has no row for physical_replacement: add rows that name no remedies")]),
    ],
)  # fmt: skip
def test_each_table_rises_and_ends_and_every_remedy_has_one(rows: list[dict[str, Any]], told: list[Any]) -> None:
    assert list(errors(SettlementSection.parse(documents() | {"approval": rows}))) == told


def test_remedies_and_case_types_of_a_row_are_names_that_are_checked() -> None:
    section = SettlementSection.parse(documents() | {"approval": [_row(None, "a", remedies=["x"], case_types=["y"])]})

    assert [*referenced(section).remedies, *referenced(section).case_types] == [
        (("approval", 0, "remedies", 0), "x"),
        (("approval", 0, "case_types", 0), "y"),
    ]


def test_the_leader_approves_what_the_row_says() -> None:
    assert approval_role(ROWS[0], (), actor=_actor("ma", {"unit_leader"}), touched=set()) == "unit_leader"


def test_the_higher_leader_may_alone_approve_what_the_lower_may() -> None:
    assert approval_role(ROWS[0], (), actor=_actor("liu", {"centre_leader"}), touched=set()) == "centre_leader"
    assert missing(ROWS[0], (_by("liu", "centre_leader"),)) == ()


def test_the_lower_leader_may_not_approve_more() -> None:
    with pytest.raises(ApprovalRoleRequired) as refused:
        approval_role(ROWS[1], (), actor=_actor("ma", {"unit_leader"}), touched=set())
    assert refused.value.fields == {"roles": ["centre_leader"]}
    assert refused.value.cite == "LG-12a Art.12"


def test_above_both_limits_two_persons_approve() -> None:
    first = _by("ma", approval_role(BOTH, (), actor=_actor("ma", {"unit_leader", "centre_leader"}), touched=set()))
    assert missing(BOTH, (first,)) == ("centre_leader",)
    with pytest.raises(ApprovedAlready):
        approval_role(BOTH, (first,), actor=_actor("ma", {"unit_leader", "centre_leader"}), touched=set())
    assert approval_role(BOTH, (first,), actor=_actor("liu", {"centre_leader"}), touched=set()) == "centre_leader"


def test_the_same_role_twice_is_not_two_approvals() -> None:
    with pytest.raises(ApprovalRoleRequired):
        approval_role(BOTH, (_by("ma", "unit_leader"),), actor=_actor("he", {"unit_leader"}), touched=set())


def test_whoever_touched_the_case_is_told_so_whatever_roles_he_has() -> None:
    for roles in ({"centre_leader"}, {"objection_team"}):
        with pytest.raises(FourEyes) as refused:
            approval_role(ROWS[1], (), actor=_actor("wang", roles), touched={"wang"})
        assert refused.value.cite == "LG-12a Art.12"


def test_only_a_role_of_the_row_declines() -> None:
    require_role(ROWS[0], {"centre_leader"})
    with pytest.raises(ApprovalRoleRequired):
        require_role(ROWS[1], {"unit_leader"})


def test_payout_needs_all_approvals() -> None:
    with pytest.raises(ApprovalMissing) as refused:
        require_approvals(BOTH, (_by("ma", "unit_leader"),), touched={})
    assert refused.value.fields == {"roles": ["centre_leader"]}


def test_an_approver_whose_earlier_touch_is_learnt_late_is_found_at_payout() -> None:
    given_ = (_by("liu", "centre_leader"),)
    require_approvals(ROWS[1], given_, touched={"liu": NOON})
    with pytest.raises(FourEyes):
        require_approvals(ROWS[1], given_, touched={"liu": NOON.replace(hour=3)})


@given(
    minor=st.integers(1, 10**13),
    callers=st.lists(
        st.tuples(st.sampled_from("abcd"), st.sets(st.sampled_from(["unit_leader", "centre_leader", "finance"]))),
        max_size=12,
    ),
    touched=st.sets(st.sampled_from("abcd")),
)
def test_no_sequence_of_callers_gets_past_four_eyes(
    minor: int, callers: list[tuple[str, set[str]]], touched: set[str]
) -> None:
    row = row_for(ROWS, worth=Money(minor=minor), currency="CNY")
    given_: list[Approval] = []
    for subject, roles in callers:
        if given_ and not missing(row, given_):
            break
        try:
            given_.append(_by(subject, approval_role(row, given_, actor=_actor(subject, roles), touched=touched)))
        except (ApprovalRoleRequired, ApprovedAlready, FourEyes):
            continue
    subjects = [approval.subject for approval in given_]
    assert not touched & set(subjects)
    assert len(set(subjects)) == len(subjects)
    if given_ and not missing(row, given_) and minor > 10_000_000:
        assert len(subjects) == 2


SPOT = OwnApproval.parse({"roles": ["team", "leader"], "up_to": "150.00", "currency": "CNY", "cite": "X-9 Art.9"})
TEAM = SettlementSection.parse(documents() | {"approval": [_row(None, "team")]}).approval[0]


@pytest.mark.parametrize(
    ("minor", "roles", "exempt"),
    [(15_000, {"team"}, True), (15_001, {"team"}, False), (15_000, {"leader"}, False), (None, {"team"}, False)],
)
def test_an_exception_counts_up_to_its_amount_and_in_a_role_of_the_row(
    minor: int | None, roles: set[str], exempt: bool
) -> None:
    """`leader` is in the exception and not in the row; a worth that is not known is above every limit."""
    worth = None if minor is None else Money(minor=minor)
    needed = Needed(row=TEAM, worth=worth, own=(SPOT,))
    if exempt:
        role, used = permitted(needed, (), actor=_actor("chen", roles), touched={"chen"})
        assert (role, used) == ("team", Exempt(cite="X-9 Art.9", up_to="150", currency="CNY"))
    else:
        with pytest.raises(FourEyes):
            permitted(needed, (), actor=_actor("chen", roles), touched={"chen"})


def test_a_person_who_did_not_handle_the_case_uses_no_exception() -> None:
    needed = Needed(row=TEAM, worth=Money(minor=1), own=(SPOT,))
    assert permitted(needed, (), actor=_actor("liu", {"team"}), touched={"chen"}) == ("team", None)


def test_one_person_does_not_give_two_approvals_under_an_exception() -> None:
    row = SettlementSection.parse(documents() | {"approval": [_row(None, "team") | {"roles": ["team", "leader"]}]})
    needed = Needed(row=row.approval[0], worth=Money(minor=1), own=(SPOT,))
    with pytest.raises(ApprovedAlready):
        permitted(needed, (_by("chen", "team"),), actor=_actor("chen", {"leader"}), touched={"chen"})


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({}, []),
        ({"up_to": "0"}, ["an exception for no amount is none: leave it out"]),
        ({"up_to": "150.005"}, ["CNY has 2 decimals"]),
    ],
)
def test_the_limit_of_an_exception_is_an_amount(changes: dict[str, str], faults: list[str]) -> None:
    own = {"roles": ["team"], "up_to": "150.00", "cite": "X-9 Art.9"} | changes
    made = SettlementSection.parse(documents() | {"approval": [_row(None, "team")], "own_approval": [own]})
    assert [message for _, message in own_approval_errors(made)] == faults


@pytest.mark.parametrize(("role", "is_idle"), [("team", False), ("leader", True)])
def test_lint_warns_of_an_exception_for_roles_that_approve_no_such_amount(role: str, is_idle: bool) -> None:
    """The leader approves from 1,000.01 on, the exception ends at 150.00."""
    rows = [_row("1000.00", "team"), _row(None, "leader")]
    own = {"roles": [role], "up_to": "150.00", "cite": "X-9 Art.9"}
    made = SettlementSection.parse(documents() | {"approval": rows, "own_approval": [own]})
    assert ["never used" in message for _, message in own_approval_warnings(made)] == [True] * is_idle
