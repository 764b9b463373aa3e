from decimal import Decimal

import pytest

from shared.kernel.money import (
    AmountOutOfRange,
    CurrencyMismatch,
    CurrencyUnknown,
    Money,
    Rounding,
    exponent,
    is_currency,
    rounded,
    split_tax,
)


@pytest.mark.parametrize(
    ("currency", "digits"),
    [
        *[(code, 0) for code in ("CLP", "ISK", "JPY", "KRW", "UGX", "VND", "XOF")],
        *[(code, 2) for code in ("CNY", "EUR", "MGA", "USD")],
        *[(code, 3) for code in ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")],
        ("CLF", 4),
    ],
)
def test_a_currency_has_the_digits_of_iso_4217(currency: str, digits: int) -> None:
    assert exponent(currency) == digits
    assert is_currency(currency)


@pytest.mark.parametrize("code", ["XAU", "XXX", "ABC", "cny", "DEM", "", "CN"])
def test_what_iso_4217_does_not_list_with_a_minor_unit_is_no_currency(code: str) -> None:
    assert not is_currency(code)
    with pytest.raises(CurrencyUnknown):
        exponent(code)


@pytest.mark.parametrize(
    ("rounding", "amount", "minor"),
    [
        ("half_up", "0.005", 1),
        ("half_up", "-0.005", -1),
        ("half_up", "0.0049999", 0),
        ("half_even", "0.005", 0),
        ("half_even", "0.015", 2),
        ("up", "0.001", 1),
        ("up", "-0.001", -1),
        ("down", "0.009", 0),
        ("down", "-0.009", 0),
    ],
)
def test_an_amount_is_rounded_to_fen_by_the_named_rule(rounding: Rounding, amount: str, minor: int) -> None:
    assert rounded(Decimal(amount), rounding=rounding) == Money(minor=minor)


@pytest.mark.parametrize(("currency", "minor"), [("JPY", 1001), ("CNY", 100_050), ("KWD", 1_000_500)])
def test_the_same_figure_has_the_minor_units_of_its_currency(currency: str, minor: int) -> None:
    assert rounded(Decimal("1000.5"), currency=currency) == Money(minor=minor, currency=currency)


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(minor=2_100_000), "21,000.00"),
        (Money(minor=-5), "-0.05"),
        (Money(minor=2_100_000, currency="JPY"), "2,100,000"),
        (Money(minor=2_100_000, currency="KWD"), "2,100.000"),
    ],
)
def test_people_read_grouped_major_units(money: Money, text: str) -> None:
    assert money.text() == text


def test_the_largest_amount_is_ten_to_the_fifteenth_minor_units() -> None:
    assert rounded(Decimal("10000000000000.00")).minor == 10**15
    for amount in ("10000000000000.01", "NaN", "Infinity", "1e40"):
        with pytest.raises(AmountOutOfRange):
            rounded(Decimal(amount))


def test_amounts_of_different_currencies_are_never_added() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(minor=1) + Money(minor=1, currency="JPY")
    with pytest.raises(CurrencyMismatch):
        Money(minor=1) - Money(minor=1, currency="USD")


@pytest.mark.parametrize(
    ("gross", "net", "tax"),
    [(113_00, 100_00, 13_00), (1, 1, 0), (100, 88, 12), (-100, -88, -12)],
)
def test_net_is_rounded_and_tax_is_the_remainder(gross: int, net: int, tax: int) -> None:
    assert split_tax(Money(minor=gross), rate=Decimal("0.13")) == (Money(minor=net), Money(minor=tax))
