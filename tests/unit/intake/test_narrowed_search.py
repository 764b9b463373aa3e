"""Which grams of a query the index is asked for: the rarest, and further ones until few cases are left."""

import pytest

from services.intake.search.rules import Wanted, narrowed


def narrow(grams: tuple[int, ...], shares: dict[int, float]) -> Wanted:
    return narrowed(Wanted(text="so-2026-4", grams=grams), shares)


@pytest.mark.parametrize(
    ("shares", "asked"),
    [
        ({}, (1, 2)),
        ({1: 1.0, 2: 1.0, 3: 0.3}, (3,)),
        ({1: 1.0, 2: 0.25, 3: 0.01}, (3, 2)),
        ({1: 1.0, 2: 0.251, 3: 0.01}, (3,)),
        ({1: 1.0, 2: 0.3}, (3,)),
        ({1: 0.015}, (2, 3)),
        ({1: 0.01, 2: 0.01, 3: 0.01}, (1, 2, 3)),
        ({1: 1.0, 2: 1.0, 3: 1.0}, (1,)),
    ],
)
def test_a_further_gram_is_asked_for_where_it_narrows_down(shares: dict[int, float], asked: tuple[int, ...]) -> None:
    assert narrow((1, 2, 3), shares).grams == asked


def test_a_long_text_asks_for_eight() -> None:
    # 0.2 to the seventh is 0.0000128, still more than one case in a hundred thousand.
    assert narrow(tuple(range(90)), dict.fromkeys(range(90), 0.2)).grams == tuple(range(8))


@pytest.mark.parametrize(("rarest", "is_common"), [(0.251, True), (0.25, False), (0.0, False)])
def test_a_text_is_common_where_each_of_its_grams_is(rarest: float, is_common: bool) -> None:
    assert narrow((1, 2), {1: 1.0, 2: rarest}).is_common is is_common


def test_a_query_without_grams_stays_without() -> None:
    assert narrow((), {}).grams == ()
