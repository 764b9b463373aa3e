"""Of what runs: nothing is left over, lag and recovery are bounded, everything ends."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from tests.chaos.suite.books import Books
from tests.chaos.suite.faults import Played, Restart
from tests.chaos.suite.invariants.counting import percentile


def nothing_is_left(books: Books) -> Iterator[str]:
    """Nothing is left to publish, to read, to handle, to send or to pay, and no process ended by itself."""
    yield from (f"{count} left: {name}" for name, count in sorted(books.left.items()) if count)


def lag_is_bounded(books: Books) -> Iterator[str]:
    """Once the system is calm, 99 of 100 events are handled within the bound."""
    timing = books.timing
    if not timing.lags:
        yield "no event was handled once the system was calm, so this proved nothing"
    elif (lag := percentile(timing.lags, 0.99)) > timing.most_lag:
        yield f"p99 of the lag is {lag:.1f} s, more than {timing.most_lag:g} s"


def recovery_is_bounded(books: Books) -> Iterator[str]:
    """An API answers soon after its restart, when nothing else was disturbed meanwhile."""
    for restart in undisturbed(books.restarts, books.played):
        if restart.seconds > books.timing.most_recovery:
            at = datetime.fromtimestamp(restart.at, UTC)
            yield f"{restart.service} answered {restart.seconds:.1f} s after its restart at {at:%H:%M:%S} UTC"


def everything_stops(books: Books) -> Iterator[str]:
    """Every process ends soon after SIGTERM."""
    for name, seconds in books.timing.stops.items():
        if seconds > books.timing.most_stop:
            yield f"{name} took {seconds:.1f} s to end"


def undisturbed(restarts: Sequence[Restart], played: Sequence[Played]) -> Iterator[Restart]:
    """The restarts during which no fault of another target went on."""
    for restart in restarts:
        end = restart.at + restart.seconds
        if not any(
            fault.began < end and fault.ended > restart.at and fault.planned.target != restart.service
            for fault in played
        ):
            yield restart
