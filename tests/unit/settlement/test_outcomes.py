"""What each action leaves on the remedy and announces, as a whole, and what its refusals cite and name."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from services.settlement.approvals.rules import GoodsReleased, approve, decline
from services.settlement.calculation.rules.errors import QuoteChanged
from services.settlement.calculation.rules.quote import Split, make_quote, require_fresh
from services.settlement.certificates.rules import record_certificate, require_right_certificate
from services.settlement.remedies.rules import events
from services.settlement.remedies.rules.approval_table import Approval
from services.settlement.remedies.rules.remedy import (
    Certificate,
    Change,
    Remedy,
    accept,
    expire,
    offer,
    quoted,
    reject,
    withdraw,
)
from services.settlement.remedies.rules.states import State
from services.settlement.replacements.rules import ReleaseTooLarge, ReturnTooLarge, book_return, release
from shared.kernel.actor import Actor
from shared.kernel.errors import ServiceError
from shared.kernel.money import Money
from tests.support.settlement import NOON, PRICES, WITHDRAWAL, a_case, a_remedy, rule

LIU = Approval(role="centre_leader", subject="liu", at=NOON)
PAPER = Certificate(certificate="tax_return_allowance_certificate", reference="税 1", recorded_by="sun", at=NOON)
QUOTED, OFFERED, ACCEPTED = (a_remedy(state=state) for state in (State.QUOTED, State.OFFERED, State.ACCEPTED))
GOODS = a_remedy("physical_replacement", state=State.APPROVED, returned=Decimal(18), released=Decimal("17.5"))
ZERO = Split(net=Money(minor=0), tax=Money(minor=0))
WANG = Actor(subject="wang")
NOTHING = replace(ACCEPTED, quote=replace(ACCEPTED.quote, amount=Money(minor=0), split=ZERO))


@pytest.mark.parametrize(
    ("act", "remedy", "told"),
    [
        (
            lambda: quoted(QUOTED, actor=WANG),
            replace(QUOTED, performers={"quote": "wang"}),
            (events.RemedyQuoted(expires_at=QUOTED.expires_at),),
        ),
        (
            lambda: offer(QUOTED, number=2, actor=WANG),
            replace(QUOTED, state=State.OFFERED, round=2, performers={"offer": "wang"}),
            (events.RemedyOffered(),),
        ),
        (
            lambda: accept(OFFERED, consent=True, remaining=("centre_leader",), actor=WANG),
            replace(
                OFFERED, state=State.ACCEPTED, consent=True, performers={"accept": "wang"}, awaited=("centre_leader",)
            ),
            (events.RemedyAccepted(remaining=("centre_leader",)),),
        ),
        (
            lambda: reject(OFFERED, final=True, reason="too little"),
            replace(OFFERED, state=State.REJECTED, final=True, reason="too little"),
            (events.RemedyRejected(final=True),),
        ),
        (lambda: expire(OFFERED), replace(OFFERED, state=State.EXPIRED), (events.RemedyQuoteExpired(),)),
        (
            lambda: withdraw(replace(ACCEPTED, awaited=("centre_leader",)), WITHDRAWAL),
            replace(ACCEPTED, state=State.WITHDRAWN, withdrawal=WITHDRAWAL),
            (events.RemedyWithdrawn(withdrawal=WITHDRAWAL),),
        ),
        (
            lambda: approve(ACCEPTED, approval=LIU, remaining=()),
            replace(ACCEPTED, state=State.APPROVED, approvals=(LIU,)),
            (events.RemedyApproved(),),
        ),
        (
            lambda: approve(NOTHING, approval=LIU, remaining=()),
            replace(NOTHING, state=State.EXECUTED, approvals=(LIU,), reference="nothing_to_pay"),
            (events.RemedyApproved(), events.RemedyExecuted(reference="nothing_to_pay", split=ZERO)),
        ),
        (
            lambda: decline(ACCEPTED, reason="no"),
            replace(ACCEPTED, state=State.DECLINED, reason="no"),
            (events.RemedyDeclined(),),
        ),
        (
            lambda: record_certificate(ACCEPTED, PAPER),
            replace(ACCEPTED, certificate=PAPER),
            (events.RemedyCertificateRecorded(certificate="tax_return_allowance_certificate", reference="税 1"),),
        ),
        (
            lambda: book_return(GOODS, quantity=Decimal("0.5")),
            replace(GOODS, returned=Decimal("18.5")),
            (events.RemedyGoodsReturned(returned="18.5"),),
        ),
        (
            lambda: release(GOODS, quantity=Decimal("0.5"), reference="m1"),
            replace(GOODS, released=Decimal(18)),
            (events.RemedyReplacementReleased(released="18"),),
        ),
        (
            lambda: release(replace(GOODS, returned=Decimal(30)), quantity=Decimal("12.5"), reference="m1"),
            replace(GOODS, returned=Decimal(30), released=Decimal(30), state=State.EXECUTED, reference="m1"),
            (
                events.RemedyReplacementReleased(released="30"),
                events.RemedyExecuted(reference="m1", split=None),
            ),
        ),
    ],
)
def test_an_action_changes_this_much_and_announces_it(
    act: Callable[[], Change], remedy: Remedy, told: tuple[events.RemedyEvent, ...]
) -> None:
    assert act() == Change(remedy=replace(remedy, version=remedy.version + len(told)), events=told)


PRICE, TAXED = rule("price_difference"), rule("money_compensation")
FROM_CASE = {"contract_price": "4200.00", "downgraded_price": "3850.00"}
QUOTE = make_quote(PRICE, case=a_case(), raw=FROM_CASE)
GIVEN = make_quote(PRICE, case=a_case(), raw=PRICES)


@pytest.mark.parametrize(
    ("act", "refusal", "cite", "fields"),
    [
        (lambda: decline(GOODS, reason="late"), GoodsReleased, GOODS.cite, {"released": "17.5"}),
        (
            lambda: book_return(GOODS, quantity=Decimal("12.001")),
            ReturnTooLarge,
            None,
            {"max": "12", "agreed": "30", "returned": "18"},
        ),
        (
            lambda: release(GOODS, quantity=Decimal("0.501"), reference="m1"),
            ReleaseTooLarge,
            None,
            {"max": "0.5", "agreed": "30", "returned": "18", "released": "17.5"},
        ),
        (
            lambda: require_fresh(QUOTE, remedy=PRICE, case=a_case(), shown="0" * 64),
            QuoteChanged,
            PRICE.cite,
            {"quote_hash.was": QUOTE.quote_hash, "amount_minor.was": 2_100_000},
        ),
        (
            lambda: require_fresh(GIVEN, remedy=PRICE, case=a_case(quantity_t="55"), shown=None),
            QuoteChanged,
            PRICE.cite,
            {"quantity": "above_maximum 55"},
        ),
        (
            lambda: require_fresh(QUOTE, remedy=PRICE, case=a_case(quantity_t="55.5"), shown=QUOTE.quote_hash),
            QuoteChanged,
            PRICE.cite,
            {
                "changed": ["quantity"],
                "quantity.was": "60",
                "quantity.now": "55.5",
                "amount_minor.was": 2_100_000,
                "amount_minor.now": 1_942_500,
            },
        ),
    ],
)
def test_a_refusal_cites_its_article_and_names_what_a_client_may_act_on(
    act: Callable[[], object], refusal: type[ServiceError], cite: str | None, fields: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        act()
    assert (refused.value.cite, refused.value.fields) == (cite, fields)


@pytest.mark.parametrize("amount", [None, Money(minor=3_600_000)])
def test_a_certificate_may_leave_its_amount_out_or_state_the_gross_amount(amount: Money | None) -> None:
    remedy = a_remedy("money_compensation", state=State.ACCEPTED)
    require_right_certificate(TAXED, remedy, certificate="tax_return_allowance_certificate", amount=amount)


@pytest.mark.parametrize(("unit_price", "minor"), [("0.01", 1), ("1.00", 100), ("4200.00", 420_000)])
def test_goods_are_worth_their_value_in_the_currency_of_the_remedy(unit_price: str, minor: int) -> None:
    dollars = rule("physical_replacement").model_copy(update={"currency": "USD"})
    quote = make_quote(dollars, case=a_case(), raw={"quantity": "1", "unit_price": unit_price})
    assert quote.worth == Money(minor=minor, currency="USD")
