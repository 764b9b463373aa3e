"""Every entry sums to zero, and a negative invoice reverses net, tax and receivable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.settlement.calculation.rules.quote import Split
from services.settlement.ledger.rules import LedgerUnbalanced, Line, entry_lines, require_balance
from shared.kernel.money import Money, split_tax
from tests.support.settlement import rule

TAXED, PLAIN = rule("money_compensation"), rule("price_difference")


def _split(gross: Money) -> Split:
    assert TAXED.tax is not None
    net, tax = split_tax(gross, rate=TAXED.tax.rate)
    return Split(net=net, tax=tax)


def test_36000_of_compensation_as_postings() -> None:
    gross = Money(minor=3_600_000)
    booked = entry_lines(TAXED.postings, gross=gross, split=_split(gross))
    assert {line.account: line.amount.minor for line in booked} == {
        "sales_returns": 3_185_841,
        "output_vat": 414_159,
        "accounts_receivable": -3_600_000,
    }
    assert {line.cite for line in booked} == {"LG-39a Art.39"}


def test_a_price_difference_is_booked_gross() -> None:
    booked = entry_lines(PLAIN.postings, gross=Money(minor=2_100_000), split=None)
    assert [(line.account, line.amount.minor) for line in booked] == [
        ("sales_returns", 2_100_000),
        ("accounts_receivable", -2_100_000),
    ]


def test_tax_that_nobody_split_is_not_booked() -> None:
    with pytest.raises(LedgerUnbalanced):
        entry_lines(TAXED.postings, gross=Money(minor=100), split=None)


def test_two_currencies_never_balance() -> None:
    with pytest.raises(LedgerUnbalanced):
        require_balance(
            [
                Line(account="a", amount=Money(minor=1), cite="X-1 a"),
                Line(account="b", amount=Money(minor=-1, currency="USD"), cite="X-1 a"),
            ]
        )


@given(minor=st.integers(1, 10**14))
def test_whatever_the_amount_the_lines_close(minor: int) -> None:
    gross = Money(minor=minor)
    booked = entry_lines(TAXED.postings, gross=gross, split=_split(gross))
    assert sum(line.amount.minor for line in booked) == 0
    assert all(line.amount.minor for line in booked)
