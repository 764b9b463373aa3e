"""The number of an indicator by its kind, and its target, which is compared with the exact number (ADR 0027 A77)."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from services.sla.indicators.rules.number import Totals, is_enough, met, value
from shared.packs.publishing.registry import ERRORS
from shared.packs.sla.model.indicators import Indicator

AVERAGE = {"average_days": {"from": "case.accepted", "to": "case.closed"}}
SHARE = {"share": {"of": "case.closed", "done": "visit.done"}}
COUNT = {"count": {"of": "case.registered"}}
SUM = {"sum": {"of": "case.closed", "amount": "number(facts.tonnes)", "unit": "t"}}
FOUR_CASES = Totals(population=4, undated=1, days=10, done=3, amount=Decimal("7.25"))
NO_CASES = Totals(population=0, undated=1, days=0, done=0)


def an_indicator(measure: dict[str, Any], *, least_sample: int | None = None, **target: Any) -> Indicator:
    wanted: dict[str, Any] = {"target": target} if target else {}
    wanted |= {} if least_sample is None else {"least_sample": least_sample}
    return Indicator.parse({
        "id": "i", "label": {"zh": "指标", "en": "Indicator"}, "cite": "X-1 Art.1", "every": "month",
        "measure": measure, **wanted,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "of_four", "of_none"),
    [
        (AVERAGE, Fraction(5, 2), None),
        (SHARE, Fraction(75), None),
        (COUNT, Fraction(4), Fraction(0)),
        (SUM, Fraction(29, 4), Fraction(0)),
    ],
)
def test_the_number_is_of_the_kind_of_the_indicator(
    measure: dict[str, Any], of_four: Fraction, of_none: Fraction | None
) -> None:
    assert value(an_indicator(measure), FOUR_CASES) == of_four
    assert value(an_indicator(measure), NO_CASES) == of_none


@pytest.mark.parametrize(
    ("target", "number", "within"),
    [
        ({"at_most": "15"}, Fraction(15), True),
        ({"at_most": "15"}, Fraction(15004, 1000), False),
        ({"at_most": "15"}, Fraction(14), True),
        ({"at_least": "95.5"}, Fraction(955, 10), True),
        ({"at_least": "95.5"}, Fraction(95499, 1000), False),
        ({"at_least": "95.5"}, Fraction(96), True),
        ({"at_least": "95.5"}, None, None),
        ({}, Fraction(15), None),
        ({}, None, None),
    ],
)
def test_a_target_is_met_at_its_boundary_and_says_nothing_without_a_number(
    target: dict[str, Any], number: Fraction | None, within: bool | None
) -> None:
    assert met(an_indicator(AVERAGE, **target), number) is within


@pytest.mark.parametrize(("least", "number"), [(4, Fraction(29, 4)), (5, None)])
def test_over_fewer_cases_than_the_least_sample_there_is_no_sum(least: int, number: Fraction | None) -> None:
    assert value(an_indicator(SUM, least_sample=least), FOUR_CASES) == number


@pytest.mark.parametrize(("least", "number"), [(4, Fraction(75)), (5, None)])
def test_over_fewer_cases_than_the_least_sample_there_is_no_share_and_no_verdict(
    least: int, number: Fraction | None
) -> None:
    """Four cases are known; the fifth, whose limit is not known yet, counts for nothing."""
    rule = an_indicator(SHARE, least_sample=least, at_least="70")
    assert value(rule, FOUR_CASES) == number
    assert met(rule, value(rule, FOUR_CASES)) is (None if number is None else True)
    assert is_enough(rule, FOUR_CASES) is (number is not None)


def test_a_count_has_no_least_sample() -> None:
    faults = [message for _, message in ERRORS[Indicator](an_indicator(COUNT, least_sample=2))]
    assert faults == ["a count is a number over few cases too; drop `least_sample`"]
    assert list(ERRORS[Indicator](an_indicator(AVERAGE, least_sample=2))) == []
