"""A remedy follows its payout, and what the ERP is asked for."""

from dataclasses import replace
from typing import Any

import pytest

from services.settlement.payouts.rules.payout import Payout, PayoutState
from services.settlement.payouts.rules.requests import after_payout, erp_request, fail, request_payout, reverse
from services.settlement.remedies.rules import events
from services.settlement.remedies.rules.approval_table import Approval
from services.settlement.remedies.rules.context import RemedyContext
from services.settlement.remedies.rules.states import State
from shared.kernel.ids import new_id
from shared.kernel.money import Money
from shared.packs.language.expression import Expression
from tests.support.settlement import CASE_ID, NOON, a_case, a_remedy, rule, section

APPROVAL = Approval(role="centre_leader", subject="liu", at=NOON)


def a_payout(state: PayoutState, **changes: Any) -> Payout:
    amount = Money(minor=2_100_000)
    return replace(Payout(payout_id="p", remedy_id="r", amount=amount, state=state, next_at=NOON), **changes)


TO_SEND, UNKNOWN, PENDING = PayoutState.TO_SEND, PayoutState.UNKNOWN, PayoutState.PENDING
QUARANTINED, EXECUTED = PayoutState.QUARANTINED, PayoutState.EXECUTED


@pytest.mark.parametrize(
    ("state", "before", "after", "told"),
    [
        ("payout_requested", TO_SEND, TO_SEND, ()),
        ("in_doubt", UNKNOWN, TO_SEND, ()),
        ("payout_requested", TO_SEND, UNKNOWN, ("RemedyPayoutInDoubt",)),
        ("payout_requested", UNKNOWN, UNKNOWN, ("RemedyPayoutInDoubt",)),
        ("in_doubt", UNKNOWN, UNKNOWN, ()),
        ("payout_requested", TO_SEND, PENDING, ("RemedyPayoutPending",)),
        ("in_doubt", UNKNOWN, PENDING, ("RemedyPayoutPending",)),
        ("payout_requested", PENDING, PENDING, ()),
        ("payout_requested", TO_SEND, QUARANTINED, ("RemedyPayoutInDoubt",)),
        ("in_doubt", UNKNOWN, QUARANTINED, ("RemedyPayoutInDoubt",)),
        ("payout_requested", PENDING, QUARANTINED, ("RemedyPayoutInDoubt",)),
        ("in_doubt", QUARANTINED, QUARANTINED, ()),
        ("payout_requested", PENDING, EXECUTED, ("RemedyExecuted",)),
        ("executed", EXECUTED, EXECUTED, ()),
        ("in_doubt", UNKNOWN, PayoutState.FAILED, ("RemedyPayoutFailed",)),
        ("executed", EXECUTED, PayoutState.REVERSED, ("RemedyPayoutReversed",)),
    ],
)
def test_a_remedy_follows_its_payout_and_each_thing_is_told_once(
    state: str, before: PayoutState, after: PayoutState, told: tuple[str, ...]
) -> None:
    remedy = a_remedy(state=State(state), reference="pay_0")
    change = after_payout(remedy, before=before, payout=a_payout(after, reason="why", code="c"))
    assert tuple(type(event).__name__ for event in change.events) == told
    for event in change.events:
        if isinstance(event, events.RemedyPayoutInDoubt):
            assert event == events.RemedyPayoutInDoubt(reason="why", quarantined=after is QUARANTINED)
    if not told:
        assert change.remedy == remedy


def test_a_failed_payout_says_why_in_the_remedy_and_in_the_event() -> None:
    change = fail(a_remedy(state=State.IN_DOUBT), reason="no such payee", code="payee_unknown")
    assert change.remedy.reason == "no such payee"
    assert change.events == (events.RemedyPayoutFailed(reason="no such payee", code="payee_unknown"),)


def test_a_payment_that_came_back_leaves_an_approved_remedy_that_says_why() -> None:
    paid = a_remedy(state=State.EXECUTED, reference="pay_1", approvals=(APPROVAL,))
    change = reverse(paid, reason="returned by the bank", code="account_closed")
    assert (change.remedy.state, change.remedy.approvals) == (State.APPROVED, (APPROVAL,))
    assert (change.remedy.reference, change.remedy.reason) == (None, "returned by the bank")
    assert change.events == (
        events.RemedyPayoutReversed(reference="pay_1", reason="returned by the bank", code="account_closed"),
    )
    again = request_payout(change.remedy, payment_key="p")
    assert again.remedy.state is State.PAYOUT_REQUESTED


def test_what_the_erp_is_asked_for() -> None:
    """36,000.00 at 13 %: net 31,858.41, tax 4,141.59."""
    name = "money_compensation"
    case = replace(a_case(payee="某银行账户\x00 123"), customer_ref="C-1", order_ref="SO-7")
    pay = rule(name).payout
    assert pay is not None
    told = pay.model_copy(update={"payee": Expression("facts.payee"), "customer_name": Expression("facts.buyer")})
    context = RemedyContext(case=case, remedy=a_remedy(name), rule=rule(name), section=section())
    body = erp_request(context, told, payment_key=new_id(), callback_url="https://redress.example/back", now=NOON)
    assert body["customer"] == {"ref": "C-1", "name": None}
    assert (body["order"], body["payee"]) == ("SO-7", "某银行账户 123")
    assert body["case"] == {"id": CASE_ID, "number": "QO-202603-00001"}
    assert (body["method"], body["amount_minor"], body["currency"]) == ("negative_invoice", 3_600_000, "CNY")
    assert body["legs"] == [{"part": "net", "amount_minor": 3_185_841}, {"part": "tax", "amount_minor": 414_159}]
    assert body["requested_at"] == "2026-03-06T04:00:00Z"
    assert body["callback_url"] == "https://redress.example/back"
    assert (body["remedy"]["kind"], body["remedy"]["cite"]) == (name, rule(name).cite)
    plain = erp_request(
        RemedyContext(case=a_case(), remedy=a_remedy(), rule=rule("price_difference"), section=section()),
        pay,
        payment_key=new_id(),
        callback_url=None,
        now=NOON,
    )
    assert plain["legs"] == [{"part": "gross", "amount_minor": 2_100_000}]
    assert (plain["order"], plain["payee"], plain["callback_url"]) == (None, None, None)
