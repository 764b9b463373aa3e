"""The cut of the chaos suite: one seeded run of about three minutes with its start and its checks.

Bounds of lag and recovery are generous here, because several test processes share the machine and a service that is
started while others compute takes several times as long; `make chaos` has the promised ones. All else is the same.
"""

from collections.abc import Iterator

import pytest

from tests.chaos.suite.invariants.catalogue import broken
from tests.chaos.suite.report import report
from tests.chaos.suite.run import Settings, run
from tests.chaos.suite.system import System, whole_system

CUT = Settings(
    seed=20260729,
    seconds=70,
    rate=1,
    pause=3,
    calm=20,
    lag_after=10,
    most_lag=20,
    most_recovery=30,
    most_stop=30,
)
LEAST = 5
"""Faults, complaints among them, and restarts: a machine with eight times the work that it can do played 19, 30 and 9."""
AGAIN = "pytest tests/chaos/test_suite.py"


@pytest.fixture
def system() -> Iterator[System]:
    with whole_system() as running:
        yield running


@pytest.mark.chaos
async def test_the_books_are_sound_after_a_run_with_faults(system: System) -> None:
    books = await run(CUT, system, print)
    found = broken(books)
    print("\n".join(report(books, found, again=AGAIN)))
    assert {name: lines[:5] for name, lines in found.items() if lines} == {}
    disturbed = books.cases.keys() - books.undisturbed
    assert min(len(books.played), len(disturbed), len(books.restarts)) >= LEAST, "too little happened to prove anything"
