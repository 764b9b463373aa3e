"""What an answer of the ERP means, and what must be so before one is asked for."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.settlement.certificates.rules import CertificateRequired, require_certificate
from services.settlement.payouts.rules.conditions import require_basis
from services.settlement.payouts.rules.errors import ResultNoticeRequired
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


@pytest.mark.parametrize(
    ("state", "answer", "after", "wait"),
    [
        (SEND, PAID, EXECUTED, None),
        (UNKNOWN, PAID, EXECUTED, None),
        (QUARANTINED, PAID, EXECUTED, None),
        (SEND, Paid(reference="x", amount=Money(minor=2_100_001)), QUARANTINED, HOUR),
        (UNKNOWN, Paid(reference="x", amount=Money(minor=2_100_000, currency="USD")), QUARANTINED, HOUR),
        (SEND, NoAnswer(reason="no answer in time"), UNKNOWN, timedelta(0)),
        (UNKNOWN, NoAnswer(reason="answered 503"), UNKNOWN, timedelta(0)),
        (QUARANTINED, NoAnswer(reason="answered 503"), QUARANTINED, timedelta(0)),
        (UNKNOWN, NotThere(), SEND, timedelta(0)),
        (QUARANTINED, NotThere(), QUARANTINED, HOUR),
        (SEND, Refused(reason="refused with 402"), FAILED, None),
        (UNKNOWN, Refused(reason="refused with 402"), UNKNOWN, timedelta(0)),
    ],
)
def test_what_an_answer_leads_to(
    state: PayoutState, answer: Answer, after: PayoutState, wait: timedelta | None
) -> None:
    result = after_answer(replace(PAYOUT, state=state), answer, now=NOON)
    assert result.state is after
    assert result.payout_id == PAYOUT.payout_id
    if wait is not None:
        assert result.next_at - NOON == wait


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
