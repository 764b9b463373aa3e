"""Decimals as text, and a step before and after its named rounding, for each rule, place and currency."""

from decimal import Decimal
from typing import Literal

import pytest

from services.settlement.calculation.rules.decimals import plain
from services.settlement.calculation.rules.errors import FormulaFailed
from services.settlement.calculation.rules.formula import Computed, compute
from services.settlement.calculation.rules.inputs import Given
from shared.kernel.money import Rounding
from shared.packs.language.expression import Expression
from shared.packs.settlement.model.section import Round
from tests.support.settlement import rule

PRICE = rule("price_difference")
CITE = "LG-41 Art.41"


def one_step(
    formula: str, rounding: Round | None = None, *, currency: str = "CNY", inputs: tuple[Given, ...] = ()
) -> Computed:
    """The only step of a remedy in `currency`, carried out."""
    step = PRICE.steps[0].model_copy(update={"formula": Expression(formula), "round": rounding})
    (computed,) = compute(PRICE.model_copy(update={"steps": (step,), "currency": currency}), inputs).steps
    return computed


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("18", "18"),
        ("18.00", "18"),
        ("100", "100"),
        ("100.0", "100"),
        ("0.50", "0.5"),
        ("-0.50", "-0.5"),
        ("4200.05", "4200.05"),
        ("1E+3", "1000"),
        ("1E-8", "0.00000001"),
        ("0", "0"),
        ("-0", "0"),
        ("0.00", "0"),
        ("-0.00", "0"),
        ("0E+3", "0"),
    ],
)
def test_a_decimal_is_written_without_exponent_trailing_zeros_or_minus_zero(written: str, text: str) -> None:
    assert plain(Decimal(written)) == text


@pytest.mark.parametrize(
    ("formula", "rounding", "currency", "unrounded", "value", "digits"),
    [
        ("1000.50", None, "CNY", "1000.5", "1000.5", None),
        ("12.5", Round(rule="half_up", to="currency"), "JPY", "12.5", "13", 0),
        ("12.5", Round(rule="half_even", to="currency"), "JPY", "12.5", "12", 0),
        ("12.1", Round(rule="up", to="currency"), "JPY", "12.1", "13", 0),
        ("12.9", Round(rule="down", to="currency"), "JPY", "12.9", "12", 0),
        ("12.5", Round(rule="half_up", to="currency"), "CNY", "12.5", "12.50", 2),
        ("12.0005", Round(rule="half_up", to="currency"), "KWD", "12.0005", "12.001", 3),
        ("12.0005", Round(rule="half_even", to="currency"), "KWD", "12.0005", "12.000", 3),
        ("0", Round(rule="half_up", to="currency"), "KWD", "0", "0.000", 3),
        ("0.125", Round(rule="half_up", to=2), "CNY", "0.125", "0.13", 2),
        ("0.125", Round(rule="half_even", to=2), "CNY", "0.125", "0.12", 2),
        ("0.121", Round(rule="up", to=2), "CNY", "0.121", "0.13", 2),
        ("0.129", Round(rule="down", to=2), "CNY", "0.129", "0.12", 2),
        ("0 - 0.125", Round(rule="half_up", to=2), "CNY", "-0.125", "-0.13", 2),
        ("12.5", Round(rule="half_up", to=0), "CNY", "12.5", "13", 0),
        ("0", Round(rule="half_up", to=8), "CNY", "0", "0.00000000", 8),
        ("0.000000005", Round(rule="half_up", to=8), "CNY", "0.000000005", "0.00000001", 8),
    ],
)
def test_a_step_is_rounded_by_its_rule_to_its_digits_or_those_of_the_currency(
    formula: str, rounding: Round | None, currency: str, unrounded: str, value: str, digits: int | None
) -> None:
    assert one_step(formula, rounding, currency=currency) == Computed(
        id="difference",
        formula=formula,
        unrounded=unrounded,
        value=value,
        rule=rounding.rule if rounding else None,
        digits=digits,
        cite=CITE,
    )


@pytest.mark.parametrize(("name", "value"), [("half_up", "9.00000000"), ("down", "8.99999999")])
def test_the_named_rule_decides_on_the_last_of_28_digits(name: Rounding, value: str) -> None:
    # 8.999999999 is nine nines after the point; the ninth decides
    assert one_step("8.999999999", Round(rule=name, to=8)).value == value


@pytest.mark.parametrize(("digits", "tail"), [(0, ""), (2, ".00"), (8, ".00000000")])
def test_rounding_to_decimals_has_room_for_28_digits_before_the_point(digits: Literal[0, 2, 8], tail: str) -> None:
    # 10^13 * 10^13 = 10^26, 27 digits; with eight decimals 35
    factor = Given(id="contract_price", value=Decimal(10) ** 13, source="given")
    step = one_step("inputs.contract_price * inputs.contract_price", Round(to=digits), inputs=(factor,))
    assert step.value == "1" + "0" * 26 + tail


def test_a_value_has_28_digits_at_most() -> None:
    # 2/3: 27 sixes and a last digit that is rounded
    assert one_step("2 / 3").unrounded == "0." + "6" * 27 + "7"


def test_a_step_without_a_result_is_named_in_the_refusal() -> None:
    with pytest.raises(FormulaFailed) as refused:
        one_step("1 / 0")
    assert (refused.value.detail, refused.value.cite) == ("step difference has no result", CITE)
    assert refused.value.fields == {"step": "difference"}
