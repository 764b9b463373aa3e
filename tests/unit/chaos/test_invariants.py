"""Each invariant of the chaos suite holds of sound books, and each falsification of them is noticed by its invariant."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.chaos.suite.due_dates import nth_working_day
from tests.chaos.suite.invariants.catalogue import INVARIANTS, Invariant, broken
from tests.chaos.suite.mutations import MUTATIONS, Mutation
from tests.chaos.suite.sample import sample

README = Path("tests/chaos/suite/README.md")


def test_sound_books_break_nothing() -> None:
    assert {name: lines for name, lines in broken(sample()).items() if lines} == {}


@pytest.mark.parametrize(
    ("invariant", "mutation"),
    [(invariant, mutation) for invariant, mutations in MUTATIONS.items() for mutation in mutations],
    ids=lambda each: each.__name__,
)
def test_a_falsification_is_noticed(invariant: Invariant, mutation: Mutation) -> None:
    assert list(invariant(mutation(sample())))


def test_each_invariant_has_a_falsification_and_a_row_in_the_readme() -> None:
    text = README.read_text(encoding="utf-8")
    assert set(MUTATIONS) == set(INVARIANTS)
    names = [each.__name__ for invariant, mutations in MUTATIONS.items() for each in (invariant, *mutations)]
    assert [name for name in names if f"`{name}`" not in text] == []


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        # Thursday 10:00 in Shanghai: Friday, Monday, Tuesday.
        (datetime(2026, 3, 5, 2, 0, tzinfo=UTC), 3, datetime(2026, 3, 10, 9, 0, tzinfo=UTC)),
        # Thursday 23:30 in Shanghai is still the day that is not counted; a minute after midnight, Friday is not.
        (datetime(2026, 3, 5, 15, 30, tzinfo=UTC), 1, datetime(2026, 3, 6, 9, 0, tzinfo=UTC)),
        (datetime(2026, 3, 5, 16, 1, tzinfo=UTC), 1, datetime(2026, 3, 9, 9, 0, tzinfo=UTC)),
        # The days from 1 to 7 October 2026 are off; Saturday the 10th makes up for one of them.
        (datetime(2026, 9, 30, 2, 0, tzinfo=UTC), 3, datetime(2026, 10, 10, 9, 0, tzinfo=UTC)),
        # What lies behind the days off that were announced has no due instant yet.
        (datetime(2026, 12, 30, 2, 0, tzinfo=UTC), 1, datetime(2026, 12, 31, 9, 0, tzinfo=UTC)),
        (datetime(2026, 12, 30, 2, 0, tzinfo=UTC), 2, None),
    ],
)
def test_due_dates(start: datetime, days: int, due: datetime | None) -> None:
    assert nth_working_day(start, days) == due
