"""The number of an indicator by its kind, and its target, which is compared with the exact number (ADR 0027 A77)."""

from fractions import Fraction
from typing import Any

import pytest

from services.sla.indicators.rules.number import Totals, met, value
from shared.packs.sla.model.indicators import Indicator

AVERAGE = {"average_days": {"from": "case.accepted", "to": "case.closed"}}
SHARE = {"share": {"of": "case.closed", "done": "visit.done"}}
COUNT = {"count": {"of": "case.registered"}}
FOUR_CASES = Totals(population=4, undated=1, days=10, done=3)
NO_CASES = Totals(population=0, undated=1, days=0, done=0)


def an_indicator(measure: dict[str, Any], **target: str) -> Indicator:
    wanted = {"target": target} if target else {}
    return Indicator.parse({
        "id": "i", "label": {"zh": "指标", "en": "Indicator"}, "cite": "X-1 Art.1", "every": "month",
        "measure": measure, **wanted,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "of_four", "of_none"),
    [(AVERAGE, Fraction(5, 2), None), (SHARE, Fraction(75), None), (COUNT, Fraction(4), Fraction(0))],
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
    target: dict[str, str], number: Fraction | None, within: bool | None
) -> None:
    assert met(an_indicator(AVERAGE, **target), number) is within
