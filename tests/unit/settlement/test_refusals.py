"""What each refusal cites and names: programs act on `fields`, people on the article and the words of the pack."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.settlement.approvals.rules import ApprovalRoleRequired, FourEyes, approval_role, require_role
from services.settlement.calculation.rules.errors import QuoteExpired
from services.settlement.calculation.rules.quote import require_valid
from services.settlement.certificates.rules import (
    CertificateRequired,
    CertificateWrong,
    NoCertificateNeeded,
    require_certificate,
    require_right_certificate,
)
from services.settlement.payouts.rules.conditions import require_approvals, require_basis
from services.settlement.payouts.rules.errors import ApprovalMissing, ResultNoticeRequired
from services.settlement.remedies.rules.approval_table import Approval
from services.settlement.remedies.rules.errors import AnotherRemedyOpen, NegotiationEnded, RoundsUsedUp
from services.settlement.remedies.rules.gates import gates_by_need_of_inputs, require_gates
from services.settlement.remedies.rules.negotiation import next_round, require_going_on
from services.settlement.remedies.rules.states import State
from shared.kernel.actor import Actor
from shared.kernel.errors import Conflict, ServiceError
from shared.kernel.money import Money
from shared.packs.settlement.model.section import Offers
from tests.support.settlement import NOON, a_case, a_notice, a_remedy, rule, section

FEN = Money(minor=2_100_000)
PRICE, COMPENSATION = rule("price_difference"), rule("money_compensation")
BOTH = section().approval[2]
MA = Approval(role="unit_leader", subject="ma", at=NOON)
OFFERS = Offers(max_rounds=2, cite="LG-43 Art.43")


def _pay(asked: Money, *documents: Any) -> object:
    assert PRICE.payout is not None
    return require_basis(PRICE.payout, case=a_case(*documents), quoted=FEN, asked=asked)


REFUSALS: dict[str, tuple[Callable[[], object], type[ServiceError], str | None, dict[str, object]]] = {
    "no result notice": (lambda: _pay(FEN), ResultNoticeRequired, "LG-38 Art.38", {"document": "result_notice"}),
    "another amount than the notice": (
        lambda: _pay(FEN, a_notice(2_000_000)),
        Conflict,
        "LG-38 Art.38",
        {"amount_minor": 2_100_000, "notice_minor": 2_000_000, "quote_minor": 2_100_000, "currency": "CNY"},
    ),
    "an approval is missing": (
        lambda: require_approvals(BOTH, (MA,), touched={}),
        ApprovalMissing,
        "LG-12a Art.12",
        {"roles": ["centre_leader"]},
    ),
    "an approver had touched the case": (
        lambda: require_approvals(section().approval[0], (MA,), touched={"ma": NOON - timedelta(microseconds=1)}),
        FourEyes,
        "LG-12a Art.12",
        {"role": "unit_leader"},
    ),
    "no role to decline in": (
        lambda: require_role(BOTH, {"finance"}),
        ApprovalRoleRequired,
        "LG-12a Art.12",
        {"roles": ["unit_leader", "centre_leader"]},
    ),
    "no role to approve in": (
        lambda: approval_role(BOTH, (MA,), actor=Actor(subject="sun", roles=frozenset({"finance"})), touched=set()),
        ApprovalRoleRequired,
        "LG-12a Art.12",
        {"roles": ["centre_leader"]},
    ),
    "no certificate": (
        lambda: require_certificate(COMPENSATION, a_remedy("money_compensation", state=State.APPROVED)),
        CertificateRequired,
        "LG-39a Art.39",
        {"certificate": "tax_return_allowance_certificate"},
    ),
    "another certificate": (
        lambda: require_right_certificate(COMPENSATION, a_remedy("money_compensation"), certificate="x", amount=None),
        CertificateWrong,
        "LG-39a Art.39",
        {"certificate": "tax_return_allowance_certificate"},
    ),
    "a certificate over another amount": (
        lambda: require_right_certificate(
            COMPENSATION,
            a_remedy("money_compensation"),
            certificate="tax_return_allowance_certificate",
            amount=Money(minor=3_600_000, currency="USD"),
        ),
        CertificateWrong,
        "LG-39a Art.39",
        {"amount_minor": 3_600_000, "quote_minor": 3_600_000},
    ),
    "no certificate is needed": (
        lambda: require_right_certificate(PRICE, a_remedy(), certificate="x", amount=None),
        NoCertificateNeeded,
        "LG-41 Art.41",
        {},
    ),
    "the quote expired": (
        lambda: require_valid(expires_at=NOON, now=NOON + timedelta(microseconds=1), cite="LG-41 Art.41"),
        QuoteExpired,
        "LG-41 Art.41",
        {"expires_at": "2026-03-06T04:00:00Z"},
    ),
    "the customer refused for good": (
        lambda: require_going_on([a_remedy(state=State.REJECTED, final=True)], OFFERS),
        NegotiationEnded,
        "LG-43 Art.43",
        {},
    ),
    "the customer refused another remedy for good": (
        lambda: next_round(a_remedy(), [a_remedy(remedy_id="other", state=State.REJECTED, final=True)], OFFERS),
        NegotiationEnded,
        "LG-43 Art.43",
        {},
    ),
    "two rounds were used": (
        lambda: next_round(
            a_remedy(),
            [a_remedy(remedy_id=str(number), state=State.REJECTED, round=number) for number in (1, 2)],
            OFFERS,
        ),
        RoundsUsedUp,
        "LG-43 Art.43",
        {"max_rounds": 2},
    ),
    "another remedy is open": (
        lambda: next_round(a_remedy(), [a_remedy(remedy_id="other", state=State.OFFERED)], OFFERS),
        AnotherRemedyOpen,
        "LG-41 Art.41",
        {"remedy_id": "other", "state": "offered"},
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_cites_its_article_and_names_its_facts(name: str) -> None:
    act, error, cite, fields = REFUSALS[name]
    with pytest.raises(error) as refused:
        act()
    assert type(refused.value) is error
    assert (refused.value.cite, refused.value.fields) == (cite, fields)


def test_a_refusal_without_a_limit_of_offers_cites_nothing() -> None:
    with pytest.raises(NegotiationEnded) as refused:
        require_going_on([a_remedy(state=State.REJECTED, final=True)], None)
    assert refused.value.cite is None


def test_a_quote_is_valid_at_its_last_instant() -> None:
    require_valid(expires_at=NOON, now=NOON, cite="LG-41 Art.41")


def test_a_gate_of_the_pack_refuses_in_the_words_of_the_pack() -> None:
    gates = section().gates_before(COMPENSATION, "quote")
    case = a_case(origin="unknown")
    with pytest.raises(Conflict) as refused:
        require_gates(gates, {**case.context(), "inputs": {}, "remedy": None, "actor": None})
    assert refused.value.title.zh == "协商处理前须确认为本公司产品"


def test_gates_are_parted_by_whether_they_read_inputs() -> None:
    early, late = gates_by_need_of_inputs(section().gates_before(PRICE, "quote"))
    assert early
    assert late
    assert not any(variable[0] == "inputs" for gate in early for variable in gate.that.variables)
    assert all(any(variable[0] == "inputs" for variable in gate.that.variables) for gate in late)


def test_a_gate_sees_the_document_that_counts() -> None:
    old = a_notice(1, state="superseded")
    context = a_case(old, a_notice(700)).context()
    assert context["documents"] == {
        "result_notice": {
            "document_id": old.document_id,
            "number": "TZ-2026-00001",
            "state": "final",
            "fields": {"amount_minor": 700},
            "signed_by": [],
        }
    }
