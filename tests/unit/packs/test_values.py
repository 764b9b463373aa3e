"""What an expression yields, without decimals."""

from decimal import Decimal

import pytest

from shared.packs.language.expression import Expression
from shared.packs.language.values import PlainValue, plain, text


@pytest.mark.parametrize(
    ("yielded", "stored"),
    [
        (None, None),
        (True, True),
        ("12", "12"),
        (Decimal(12), 12),
        (Decimal(-12), -12),
        (Decimal("12.50"), "12.50"),
        (Decimal("-0.5"), "-0.5"),
        (Decimal("1E+3"), 1000),
        (Decimal("1E-7"), "0.0000001"),
        (7, 7),
        (["a", True, None], ["a", "true", "None"]),
        ([], []),
    ],
)
def test_a_result_is_stored_as_text_int_truth_list_or_null(yielded: object, stored: PlainValue) -> None:
    result = plain(yielded)

    assert result == stored
    assert type(result) is type(stored)


def test_a_number_of_the_engine_is_an_int_without_a_fraction() -> None:
    assert plain(Expression("2 + 3").value({})) == 5
    assert plain(Expression("number('60.5')").value({})) == "60.5"


def test_the_text_of_a_number_has_no_exponent() -> None:
    assert text(Decimal("1E+3")) == "1000"
    assert text(False) == "false"
