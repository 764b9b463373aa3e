"""Percentiles by nearest rank: with few values the greatest one is no outlier that may be left out."""

import pytest

from tests.chaos.suite.invariants.counting import percentile


@pytest.mark.parametrize(
    ("values", "part", "expected"),
    [([3.0], 0.99, 3.0), ([1.0, 2.0], 0.5, 1.0), ([5.0, 1.0, 4.0], 0.99, 5.0), (range(1, 201), 0.99, 198)],
)
def test_percentile(values: list[float], part: float, expected: float) -> None:
    assert percentile(values, part) == expected
