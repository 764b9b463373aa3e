"""What gates and the approval table read of a remedy, its case and who acts; and how a case takes in documents."""

from dataclasses import replace
from decimal import Decimal

import pytest

from services.settlement.cases.rules import Document, with_document, with_milestones
from services.settlement.remedies.rules.context import RemedyContext, gate_variables, row_of, rule_of
from services.settlement.remedies.rules.errors import RemedyNotOffered
from services.settlement.remedies.rules.remedy import Certificate, Remedy
from services.settlement.remedies.rules.states import State
from shared.kernel.actor import Actor
from shared.kernel.money import Money
from shared.packs.settlement.model.section import SettlementSection
from tests.support.settlement import NOON, NOTICE_ID, a_case, a_notice, a_remedy, documents, rule, section

CASE = {
    "facts": {"quantity_t": "60", "origin": "confirmed"},
    "milestones": ["case.registered", "case.accepted"],
    "documents": {
        "result_notice": {
            "document_id": NOTICE_ID,
            "number": "TZ-2026-00001",
            "state": "final",
            "fields": {"amount_minor": 2_100_000},
            "signed_by": [],
        }
    },
}
PAPER = Certificate(certificate="tax_return_allowance_certificate", reference="税 1", recorded_by="sun", at=NOON)


def context(remedy: Remedy) -> RemedyContext:
    return RemedyContext(case=a_case(a_notice()), remedy=remedy, rule=rule(remedy.remedy), section=section())


def test_a_gate_reads_the_case_the_inputs_the_remedy_and_who_acts() -> None:
    remedy = a_remedy(state=State.ACCEPTED, consent=True, certificate=PAPER, round=2)
    actor = Actor(subject="ma", roles=frozenset({"unit_leader", "finance"}))
    assert context(remedy).variables(actor) == {
        **CASE,
        "inputs": {
            "contract_price": Decimal("4200.00"),
            "downgraded_price": Decimal("3850.00"),
            "quantity": Decimal(60),
            "customer_consent": True,
        },
        "remedy": {
            "state": "accepted",
            "amount_minor": 2_100_000,
            "currency": "CNY",
            "consent": True,
            "certificate": "tax_return_allowance_certificate",
            "returned": Decimal(0),
            "released": Decimal(0),
            "round": 2,
        },
        "actor": {"subject": "ma", "roles": ["finance", "unit_leader"]},
    }


def test_a_gate_before_goods_go_out_reads_how_much_came_back_and_went_out() -> None:
    remedy = a_remedy("physical_replacement", state=State.APPROVED, returned=Decimal(18), released=Decimal(5))
    assert context(remedy).variables() == {
        **CASE,
        "inputs": {"quantity": Decimal(30), "unit_price": Decimal("4200.00")},
        "remedy": {
            "state": "approved",
            "amount_minor": 0,
            "currency": "CNY",
            "consent": None,
            "certificate": None,
            "returned": Decimal(18),
            "released": Decimal(5),
            "round": None,
        },
        "actor": None,
    }


@pytest.mark.parametrize(
    ("recorded", "given", "seen"),
    [(True, None, True), (None, True, True), (True, False, False), (None, None, None)],
)
def test_the_consent_that_is_being_given_stands_before_the_recorded_one(
    recorded: bool | None, given: bool | None, seen: bool | None
) -> None:
    read = context(a_remedy(consent=recorded)).variables(consent=given)["remedy"]
    assert isinstance(read, dict)
    assert read["consent"] is seen


def test_before_there_is_a_remedy_a_gate_reads_the_case_and_the_inputs() -> None:
    inputs = {"quantity": Decimal(30)}
    assert gate_variables(a_case(a_notice()), inputs=inputs, remedy=None, actor=None) == {
        **CASE,
        "inputs": inputs,
        "remedy": None,
        "actor": None,
    }


@pytest.mark.parametrize(("minor", "row"), [(1_000_000, 0), (1_000_001, 1), (10_000_001, 2), (None, 2)])
def test_the_row_of_the_approval_table_is_that_of_the_remedys_worth(minor: int | None, row: int) -> None:
    worth = None if minor is None else Money(minor=minor)
    remedy = a_remedy()
    worthy = replace(remedy, quote=replace(remedy.quote, worth=worth))
    assert row_of(section(), worthy, case_type="quality_objection") is section().approval[row]
    assert context(worthy).approval_row() is section().approval[row]


def test_the_row_is_chosen_among_those_of_the_remedys_currency() -> None:
    lines = [
        {"up_to": "50.00", "roles": ["unit_leader"], "currency": "USD", "cite": "X-1 Art.1"},
        {"up_to": None, "roles": ["centre_leader"], "currency": "USD", "cite": "X-1 Art.1"},
    ]
    both = SettlementSection.parse(documents() | {"approval": [*documents()["approval"], *lines]})
    remedy = a_remedy()
    dollars = Money(minor=5_000, currency="USD")
    foreign = replace(remedy, quote=replace(remedy.quote, amount=dollars, worth=dollars))
    assert row_of(both, foreign, case_type="quality_objection") is both.approval[3]


def test_a_remedy_has_its_own_rule_and_one_that_the_pack_does_not_offer_is_refused_with_those_it_does() -> None:
    assert rule_of(section(), "money_compensation") is rule("money_compensation")
    with pytest.raises(RemedyNotOffered) as refused:
        rule_of(section(), "apology")
    assert refused.value.fields == {"remedies": ["price_difference", "money_compensation", "physical_replacement"]}


def test_the_gates_before_an_action_are_those_of_the_remedys_rule() -> None:
    gates = context(a_remedy("money_compensation")).gates("payout")
    assert [gate.code for gate in gates] == ["result_notice_required", "agreement_required", "origin_unconfirmed"]
    assert context(a_remedy("money_compensation")).gates("offer") != gates


AGREEMENT = Document(document_id="d-2", template="agreement", number="XY-1", state="draft")


def test_a_document_that_is_new_to_the_case_comes_last() -> None:
    case = a_case(a_notice())
    assert with_document(case, AGREEMENT) == replace(case, documents=(a_notice(), AGREEMENT))


def test_a_newer_form_of_a_document_takes_the_place_of_the_older() -> None:
    case = a_case(a_notice(state="draft"), AGREEMENT)
    assert with_document(case, a_notice()) == replace(case, documents=(a_notice(), AGREEMENT))


def test_a_milestone_is_listed_once_in_the_order_of_its_first_arrival() -> None:
    case = a_case()
    assert with_milestones(case, ("case.accepted", "case.closed", "case.closed")) == replace(
        case, milestones=("case.registered", "case.accepted", "case.closed")
    )
