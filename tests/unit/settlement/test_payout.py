"""What an answer of the ERP means, and what must be so before one is asked for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.settlement.certificates.rules import CertificateRequired, require_certificate
from services.settlement.payouts.rules.conditions import require_basis
from services.settlement.payouts.rules.errors import PayoutEnded, ResultNoticeRequired
from services.settlement.payouts.rules.payout import (
    Answer,
    NoAnswer,
    NotThere,
    Paid,
    Payout,
    PayoutState,
    Refused,
    after_answer,
    wait_after,
)
from services.settlement.remedies.rules.states import State
from shared.kernel.errors import Conflict
from shared.kernel.money import Money
from tests.support.settlement import NOON, NOTICE_ID, a_case, a_notice, a_remedy, rule

AMOUNT = Money(minor=2_100_000)
PAYOUT = Payout(payout_id="p", remedy_id="r", amount=AMOUNT, attempt=1, next_at=NOON)
PAID = Paid(reference="pay_1", amount=AMOUNT)
SEND, UNKNOWN, QUARANTINED = PayoutState.TO_SEND, PayoutState.UNKNOWN, PayoutState.QUARANTINED
EXECUTED, FAILED = PayoutState.EXECUTED, PayoutState.FAILED
HOUR = timedelta(hours=1)


ANSWERS: dict[str, Answer] = {
    "paid": PAID,
    "one fen too much": Paid(reference="x", amount=Money(minor=2_100_001)),
    "another currency": Paid(reference="x", amount=Money(minor=2_100_000, currency="USD")),
    "not there": NotThere(),
    "refused": Refused(reason="refused with 402"),
    "silent": NoAnswer(reason="no answer in time"),
}
NONE, AT_ONCE = None, timedelta(0)
# Per answer: the state that each open state leads to, and how long until the next call.
MATRIX: dict[str, dict[PayoutState, tuple[PayoutState, timedelta | None]]] = {
    "paid": {SEND: (EXECUTED, NONE), UNKNOWN: (EXECUTED, NONE), QUARANTINED: (EXECUTED, NONE)},
    "one fen too much": {SEND: (QUARANTINED, HOUR), UNKNOWN: (QUARANTINED, HOUR), QUARANTINED: (QUARANTINED, HOUR)},
    "another currency": {SEND: (QUARANTINED, HOUR), UNKNOWN: (QUARANTINED, HOUR), QUARANTINED: (QUARANTINED, HOUR)},
    "not there": {SEND: (SEND, AT_ONCE), UNKNOWN: (SEND, AT_ONCE), QUARANTINED: (QUARANTINED, HOUR)},
    "refused": {SEND: (FAILED, NONE), UNKNOWN: (UNKNOWN, AT_ONCE), QUARANTINED: (QUARANTINED, AT_ONCE)},
    "silent": {SEND: (UNKNOWN, AT_ONCE), UNKNOWN: (UNKNOWN, AT_ONCE), QUARANTINED: (QUARANTINED, AT_ONCE)},
}


@pytest.mark.parametrize("state", PayoutState)
@pytest.mark.parametrize("said", MATRIX)
def test_what_an_answer_leads_to_in_each_state(said: str, state: PayoutState) -> None:
    payout = replace(PAYOUT, state=state)
    if state not in MATRIX[said]:
        assert state in {EXECUTED, FAILED}
        with pytest.raises(PayoutEnded):
            after_answer(payout, ANSWERS[said], now=NOON)
        return
    after, wait = MATRIX[said][state]
    result = after_answer(payout, ANSWERS[said], now=NOON)
    assert result.state is after
    assert result.payout_id == PAYOUT.payout_id
    if wait is not None:
        assert result.next_at - NOON == wait


def test_what_was_not_there_is_sent_again_now_and_not_at_its_old_instant() -> None:
    waiting = replace(PAYOUT, state=UNKNOWN, next_at=NOON + HOUR, reason="answered 503")
    again = after_answer(waiting, NotThere(), now=NOON)
    assert (again.state, again.next_at, again.reason) == (SEND, NOON, "not there, sending again")


def test_a_long_reason_is_cut_at_500_characters() -> None:
    assert after_answer(PAYOUT, NoAnswer(reason="x" * 501), now=NOON).reason == "x" * 500


def test_an_open_payout_says_why_and_an_executed_one_what_the_erp_called_it() -> None:
    wrong = after_answer(PAYOUT, ANSWERS["one fen too much"], now=NOON)
    assert wrong.reason == "paid 2100001 CNY instead of 2100000 CNY"
    assert after_answer(wrong, NotThere(), now=NOON).reason == wrong.reason
    paid = after_answer(wrong, PAID, now=NOON)
    assert (paid.reference, paid.reason) == ("pay_1", None)
    assert after_answer(PAYOUT, ANSWERS["refused"], now=NOON).reason == "refused with 402"


def test_a_payout_that_stays_open_is_asked_for_later_with_each_attempt() -> None:
    third = replace(PAYOUT, state=UNKNOWN, attempt=3)
    assert after_answer(third, ANSWERS["silent"], now=NOON).next_at - NOON == timedelta(seconds=10)
    assert after_answer(third, ANSWERS["refused"], now=NOON).next_at - NOON == timedelta(seconds=10)


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
