"""What an answer of the ERP means, and what must be so before one is asked for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.settlement.certificates.rules import CertificateRequired, require_certificate
from services.settlement.payouts.rules.answers import (
    Answer,
    Ended,
    NoAnswer,
    NotSent,
    NotThere,
    Paid,
    Pending,
    Refused,
    Unreadable,
    Unusable,
)
from services.settlement.payouts.rules.conditions import require_basis
from services.settlement.payouts.rules.errors import PayoutEnded, PayoutNotOpen, ResultNoticeRequired
from services.settlement.payouts.rules.payout import Payout, PayoutState, after_answer, wait_after
from services.settlement.payouts.rules.resolution import Decision, Resolution, resolved
from services.settlement.remedies.rules.states import State
from shared.kernel.errors import Conflict
from shared.kernel.money import Money
from tests.support.settlement import NOON, NOTICE_ID, a_case, a_notice, a_remedy, rule

AMOUNT = Money(minor=2_100_000)
PAYOUT = Payout(payout_id="p", remedy_id="r", amount=AMOUNT, attempt=1, next_at=NOON)
PAID = Paid(reference="pay_1", amount=AMOUNT)
SEND, UNKNOWN, PENDING = PayoutState.TO_SEND, PayoutState.UNKNOWN, PayoutState.PENDING
QUARANTINED, EXECUTED = PayoutState.QUARANTINED, PayoutState.EXECUTED
FAILED, REVERSED = PayoutState.FAILED, PayoutState.REVERSED
HOUR = timedelta(hours=1)


ANSWERS: dict[str, Answer] = {
    "paid": PAID,
    "pending": Pending(amount=AMOUNT),
    "one fen too much": Paid(reference="x", amount=Money(minor=2_100_001)),
    "another currency": Paid(reference="x", amount=Money(minor=2_100_000, currency="USD")),
    "pending, one fen less": Pending(amount=Money(minor=2_099_999)),
    "not there": NotThere(),
    "not at the new address": NotThere(moved=True),
    "refused": Refused(code="payee_unknown", text="no such payee"),
    "ended": Ended(code="account_closed", text="returned by the bank"),
    "unusable": Unusable(reason="paid under a number that cannot be kept"),
    "unreadable": Unreadable(reason="the answer is not what the contract says"),
    "silent": NoAnswer(reason="no answer in time"),
    "not sent": NotSent(reason="no ERP address is set"),
}
NONE, AT_ONCE, FIVE = None, timedelta(0), timedelta(seconds=5)
DAY = timedelta(days=1)
Q = (QUARANTINED, HOUR)
X = (EXECUTED, DAY)
# Per answer: the state that each state that is asked about leads to, and how long until the next call.
MATRIX: dict[str, dict[PayoutState, tuple[PayoutState, timedelta | None]]] = {
    "paid": {SEND: X, UNKNOWN: X, PENDING: X, QUARANTINED: X, EXECUTED: X},
    "pending": {
        SEND: (PENDING, FIVE), UNKNOWN: (PENDING, FIVE), PENDING: (PENDING, FIVE), QUARANTINED: (PENDING, FIVE), EXECUTED: X
    },
    "one fen too much": {SEND: Q, UNKNOWN: Q, PENDING: Q, QUARANTINED: Q, EXECUTED: X},
    "another currency": {SEND: Q, UNKNOWN: Q, PENDING: Q, QUARANTINED: Q, EXECUTED: X},
    "pending, one fen less": {SEND: Q, UNKNOWN: Q, PENDING: Q, QUARANTINED: Q, EXECUTED: X},
    "not there": {SEND: (SEND, AT_ONCE), UNKNOWN: (SEND, AT_ONCE), PENDING: Q, QUARANTINED: Q, EXECUTED: X},
    "not at the new address": {SEND: Q, UNKNOWN: Q, PENDING: Q, QUARANTINED: Q, EXECUTED: X},
    "refused": {SEND: (FAILED, NONE), UNKNOWN: (UNKNOWN, AT_ONCE), PENDING: (PENDING, FIVE), QUARANTINED: Q, EXECUTED: X},
    "ended": {
        SEND: (FAILED, NONE), UNKNOWN: (FAILED, NONE), PENDING: (FAILED, NONE), QUARANTINED: (FAILED, NONE),
        EXECUTED: (REVERSED, NONE),
    },
    "unusable": {SEND: Q, UNKNOWN: Q, PENDING: Q, QUARANTINED: Q, EXECUTED: X},
    "unreadable": {SEND: (UNKNOWN, AT_ONCE), UNKNOWN: Q, PENDING: (PENDING, FIVE), QUARANTINED: Q, EXECUTED: X},
    "silent": {SEND: (UNKNOWN, AT_ONCE), UNKNOWN: (UNKNOWN, AT_ONCE), PENDING: (PENDING, FIVE), QUARANTINED: Q, EXECUTED: X},
    "not sent": {SEND: (SEND, FIVE), UNKNOWN: (UNKNOWN, AT_ONCE), PENDING: (PENDING, FIVE), QUARANTINED: Q, EXECUTED: X},
}  # fmt: skip


@pytest.mark.parametrize("state", PayoutState)
@pytest.mark.parametrize("said", MATRIX)
def test_what_an_answer_leads_to_in_each_state(said: str, state: PayoutState) -> None:
    settled = NOON if state is EXECUTED else None
    payout = replace(PAYOUT, state=state, settled_at=settled)
    if state in {FAILED, REVERSED}:
        with pytest.raises(PayoutEnded):
            after_answer(payout, ANSWERS[said], now=NOON)
        return
    after, wait = MATRIX[said][state]
    result = after_answer(payout, ANSWERS[said], now=NOON)
    assert result.state is after
    assert result.payout_id == PAYOUT.payout_id
    assert result.next_at == (None if wait is None else NOON + wait)


def test_what_was_not_there_is_sent_again_now_and_not_at_its_old_instant() -> None:
    waiting = replace(PAYOUT, state=UNKNOWN, next_at=NOON + HOUR, reason="answered 503")
    again = after_answer(waiting, NotThere(), now=NOON)
    assert (again.state, again.next_at, again.reason) == (SEND, NOON, "answered 503")


def test_a_long_reason_is_cut_at_1000_characters() -> None:
    assert after_answer(PAYOUT, NoAnswer(reason="x" * 1001), now=NOON).reason == "x" * 1000


def test_an_open_payout_says_why_and_an_executed_one_what_the_erp_called_it() -> None:
    wrong = after_answer(PAYOUT, ANSWERS["one fen too much"], now=NOON)
    assert wrong.reason == "paid 2100001 CNY instead of 2100000 CNY"
    assert after_answer(wrong, NotThere(), now=NOON).reason == wrong.reason
    paid = after_answer(wrong, PAID, now=NOON)
    assert (paid.reference, paid.reason, paid.settled_at) == ("pay_1", None, NOON)
    refused = after_answer(PAYOUT, ANSWERS["refused"], now=NOON)
    assert (refused.code, refused.reason) == ("payee_unknown", "no such payee")
    less = after_answer(PAYOUT, ANSWERS["pending, one fen less"], now=NOON)
    assert less.reason == "accepted 2099999 CNY instead of 2100000 CNY"


def test_what_came_back_keeps_its_number_and_says_why() -> None:
    paid = after_answer(PAYOUT, PAID, now=NOON)
    back = after_answer(paid, ANSWERS["ended"], now=NOON + DAY)
    assert (back.reference, back.code, back.reason) == ("pay_1", "account_closed", "returned by the bank")
    assert back.settled_at == NOON + DAY


def test_a_doubt_is_over_when_the_erp_says_that_it_will_pay() -> None:
    doubt = after_answer(PAYOUT, ANSWERS["silent"], now=NOON)
    assert doubt.reason == "no answer in time"
    assert after_answer(doubt, ANSWERS["pending"], now=NOON).reason is None


def test_a_payout_that_stays_open_is_asked_for_later_with_each_attempt() -> None:
    third = replace(PAYOUT, state=UNKNOWN, attempt=3)
    assert after_answer(third, ANSWERS["silent"], now=NOON).next_at == NOON + timedelta(seconds=10)
    assert after_answer(third, ANSWERS["refused"], now=NOON).next_at == NOON + timedelta(seconds=10)
    late = replace(PAYOUT, state=PENDING, attempt=10_000)
    assert after_answer(late, ANSWERS["pending"], now=NOON).next_at == NOON + HOUR


def test_what_was_paid_is_asked_about_after_1_3_7_14_and_30_days_and_then_left_alone() -> None:
    payout = after_answer(PAYOUT, PAID, now=NOON)
    asked = []
    while payout.next_at is not None:
        asked.append((payout.next_at - NOON).days)
        payout = after_answer(payout, PAID, now=payout.next_at)
    assert asked == [1, 3, 7, 14, 30]


@pytest.mark.parametrize("decision", Decision)
@pytest.mark.parametrize("state", PayoutState)
def test_what_a_person_may_decide_in_each_state(decision: Decision, state: PayoutState) -> None:
    allowed = {
        Decision.PAID: {UNKNOWN, PENDING, QUARANTINED},
        Decision.NOT_PAID: {UNKNOWN, PENDING, QUARANTINED},
        Decision.SEND_AGAIN: {UNKNOWN, QUARANTINED},
        Decision.ASK_AGAIN: {UNKNOWN, PENDING, QUARANTINED, EXECUTED},
    }[decision]
    payout = replace(PAYOUT, state=state, next_at=NOON + HOUR)
    resolution = Resolution(decision=decision, reference="M-1", reason="seen in the ERP")
    if state not in allowed:
        with pytest.raises(PayoutNotOpen) as refused:
            resolved(payout, resolution, now=NOON)
        assert refused.value.fields["state"] == state.value
        assert set(refused.value.fields["allowed_from"]) == {each.value for each in allowed}  # type: ignore[arg-type]
        return
    after = resolved(payout, resolution, now=NOON)
    assert after.payout_id == payout.payout_id
    assert (after.state, after.next_at) == {
        Decision.PAID: (EXECUTED, NOON + DAY),
        Decision.NOT_PAID: (FAILED, None),
        Decision.SEND_AGAIN: (SEND, NOON),
        Decision.ASK_AGAIN: (state, NOON),
    }[decision]
    if decision is Decision.PAID:
        assert after.reference == "M-1"
    if decision is Decision.NOT_PAID:
        assert (after.code, after.reason) == ("not_paid", "seen in the ERP")


def test_waits_double_from_five_seconds_to_an_hour() -> None:
    assert [wait_after(n).total_seconds() for n in (1, 2, 3, 4, 11, 12, 10_000)] == [0, 5, 10, 20, 2560, 3600, 3600]


def test_asked_quoted_and_stated_amount_are_one() -> None:
    payout = rule("price_difference").payout
    assert payout is not None
    assert require_basis(payout, case=a_case(a_notice()), quoted=AMOUNT, asked=AMOUNT) == NOTICE_ID


@pytest.mark.parametrize(
    ("asked", "noticed"),
    [(2_150_000, 2_100_000), (2_099_999, 2_100_000), (2_100_001, 2_100_000), (2_100_000, 2_150_000), (2_100_000, None)],
)
def test_another_amount_than_the_notice_is_refused_with_both(asked: int, noticed: int | None) -> None:
    payout = rule("price_difference").payout
    assert payout is not None
    with pytest.raises(Conflict) as refused:
        require_basis(payout, case=a_case(a_notice(noticed)), quoted=AMOUNT, asked=Money(minor=asked))
    assert (refused.value.code, refused.value.cite) == ("amount_differs_from_notice", "LG-38 Art.38")
    assert refused.value.fields["amount_minor"] == asked
    assert refused.value.fields["notice_minor"] == noticed


def test_another_currency_is_another_amount() -> None:
    payout = rule("price_difference").payout
    assert payout is not None
    with pytest.raises(Conflict, match="amount_differs_from_notice"):
        require_basis(payout, case=a_case(a_notice()), quoted=AMOUNT, asked=Money(minor=2_100_000, currency="USD"))


@pytest.mark.parametrize("state", ["draft", "signing", "superseded"])
def test_a_notice_that_is_not_final_is_none(state: str) -> None:
    payout = rule("price_difference").payout
    assert payout is not None
    with pytest.raises(ResultNoticeRequired):
        require_basis(payout, case=a_case(a_notice(state=state)), quoted=AMOUNT, asked=AMOUNT)
    with pytest.raises(ResultNoticeRequired):
        require_basis(payout, case=a_case(), quoted=AMOUNT, asked=AMOUNT)


def test_a_superseded_notice_gives_way_to_its_correction() -> None:
    payout = rule("price_difference").payout
    assert payout is not None
    newer = replace(a_notice(2_000_000), document_id="newer")
    case = a_case(newer, a_notice(state="superseded"))
    quoted = Money(minor=2_000_000)
    assert require_basis(payout, case=case, quoted=quoted, asked=quoted) == "newer"


def test_compensation_needs_its_tax_paper() -> None:
    remedy = a_remedy("money_compensation", state=State.APPROVED)
    with pytest.raises(CertificateRequired) as refused:
        require_certificate(rule("money_compensation"), remedy)
    assert refused.value.cite == "LG-39a Art.39"
    require_certificate(rule("price_difference"), a_remedy(state=State.APPROVED))
