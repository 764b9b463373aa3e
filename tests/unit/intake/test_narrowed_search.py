"""Which grams of a query the index is asked for: the rarest, and further ones that are cheap to read."""

import pytest

from services.intake.search.rules import Wanted, narrowed


def narrowed_to(grams: tuple[int, ...], shares: dict[int, float]) -> tuple[int, ...]:
    return narrowed(Wanted(text="so-2026-4", grams=grams), shares).grams


@pytest.mark.parametrize(
    ("shares", "asked"),
    [
        ({}, (1, 2, 3)),
        ({1: 1.0, 2: 1.0, 3: 0.3}, (3,)),
        ({1: 1.0, 2: 0.02, 3: 0.01}, (3, 2)),
        ({1: 1.0, 2: 0.021, 3: 0.01}, (3,)),
        ({1: 1.0, 2: 0.3}, (3,)),
        ({1: 0.015}, (2, 3, 1)),
        ({1: 1.0, 2: 1.0, 3: 1.0}, (1,)),
    ],
)
def test_common_grams_are_asked_for_only_where_there_is_no_rarer_one(
    shares: dict[int, float], asked: tuple[int, ...]
) -> None:
    assert narrowed_to((1, 2, 3), shares) == asked


def test_a_long_text_asks_for_eight() -> None:
    assert narrowed_to(tuple(range(90)), dict.fromkeys(range(80), 0.5)) == tuple(range(80, 88))


def test_a_query_without_grams_stays_without() -> None:
    assert narrowed_to((), {}) == ()
