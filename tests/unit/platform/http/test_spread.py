"""Clients that are refused together are told to come back at different seconds, within a bound."""

import pytest

from shared.platform.http.spread import spread


@pytest.mark.parametrize(
    ("seconds", "least", "most"),
    [(0, 0, 0), (1, 1, 3), (2, 2, 6), (10, 10, 30), (15, 15, 45), (16, 16, 46), (60, 60, 90)],
)
def test_the_bound(seconds: int, least: int, most: int) -> None:
    assert spread(seconds, draw=lambda _: 0) == least
    assert spread(seconds, draw=lambda below: below - 1) == most


def test_each_second_within_the_bound_is_told() -> None:
    told = [spread(2) for _ in range(1000)]
    assert set(told) == {2, 3, 4, 5, 6}
    assert max(told.count(seconds) for seconds in set(told)) < 300
