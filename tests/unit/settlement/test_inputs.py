"""Inputs are typed, bounded and exact; every fault is told at once."""

from decimal import Decimal
from typing import Any

import pytest

from services.settlement.calculation.rules.errors import InputsInvalid
from services.settlement.calculation.rules.inputs import caller_gave, read_inputs
from tests.support.settlement import PRICES, a_case, rule


def _read(raw: dict[str, Any], *, name: str = "price_difference", **facts: Any) -> dict[str, Any]:
    return {given.id: given for given in read_inputs(rule(name), raw=raw, context=a_case(**facts).context())}


def _faults(raw: dict[str, Any], **facts: Any) -> dict[str, Any]:
    with pytest.raises(InputsInvalid) as refused:
        _read(raw, **facts)
    assert refused.value.cite == "LG-41 Art.41"
    return refused.value.fields


def test_given_values_are_kept_exactly_with_their_source() -> None:
    read = _read(PRICES)
    assert read["contract_price"].value == Decimal("4200.00")
    assert read["contract_price"].source == "given"
    assert read["contract_price"].text() == "4200"
    assert read["customer_consent"].value is True


def test_the_case_fills_what_the_caller_left_out() -> None:
    read = _read({"contract_price": "4200", "downgraded_price": "3850"}, quantity_t="48.5")
    assert (read["quantity"].value, read["quantity"].source) == (Decimal("48.5"), "case")
    assert (read["customer_consent"].value, read["customer_consent"].source) == (None, "absent")


def test_only_what_the_caller_gave_is_read_again() -> None:
    inputs = read_inputs(
        rule("price_difference"),
        raw={"contract_price": "4200", "downgraded_price": "3850.50"},
        context=a_case().context(),
    )
    assert caller_gave(inputs) == {"contract_price": "4200", "downgraded_price": "3850.5"}


def test_all_faults_are_told_at_once() -> None:
    assert _faults(
        {"contract_price": "-0.01", "downgraded_price": "38.505", "quantity": "60.001", "colour": "red"}
    ) == {
        "colour": "unknown",
        "contract_price": "below_minimum 0",
        "downgraded_price": "too_many_decimals",
        "quantity": "above_maximum 60",
    }


def test_a_required_input_that_nobody_has_is_missing() -> None:
    assert _faults({"downgraded_price": "1"}, quantity_t=None) == {"contract_price": "required", "quantity": "required"}


@pytest.mark.parametrize(
    "hostile",
    [
        "1e3",
        "NaN",
        "Infinity",
        "1e999",
        "1E+1000000",
        "",
        " 1",
        "1_000",
        "٣",
        "0x10",
        "1,000",
        "+1",
        ".5",
        "5.",
        "--1",
        "9" * 16,
        "0." + "1" * 9,
        True,
        [],
        {},
        1.5,
    ],
)
def test_what_is_not_a_plain_decimal_is_refused(hostile: Any) -> None:
    assert _faults({**PRICES, "contract_price": hostile})["contract_price"] == "not_a_decimal"


@pytest.mark.parametrize("hostile", ["true", 1, 0, "yes"])
def test_a_boolean_is_nothing_else(hostile: Any) -> None:
    assert _faults({**PRICES, "customer_consent": hostile}) == {"customer_consent": "not_true_or_false"}


def test_bounds_include_their_limit() -> None:
    assert _read({**PRICES, "quantity": "60", "downgraded_price": "0"})["quantity"].value == Decimal(60)


def test_a_whole_number_from_json_is_exact() -> None:
    assert _read({**PRICES, "contract_price": 4200})["contract_price"].text() == "4200"
