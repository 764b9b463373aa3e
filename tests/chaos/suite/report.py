"""What is printed at the end of a run: faults, recovery, lag, and each invariant with what breaks it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Final

from tests.chaos.suite.books import Books
from tests.chaos.suite.faults import NOT_PLAYED, Played
from tests.chaos.suite.invariants.counting import percentile
from tests.chaos.suite.invariants.running import undisturbed

_SHOWN: Final = 10


def report(books: Books, broken: Mapping[str, Sequence[str]], *, again: str) -> Iterator[str]:
    """The lines; `again` is the line that runs the same plan again."""
    yield from _faults(books.played)
    yield from _times(books)
    yield ""
    for name, lines in broken.items():
        yield f"{'FAILED' if lines else 'ok':<8}{name}"
        yield from (f"        {line[:500]}" for line in lines[:_SHOWN])
        if len(lines) > _SHOWN:
            yield f"        and {len(lines) - _SHOWN} more"
    if any(broken.values()):
        yield f"\nAgain: {again}"


def _faults(played: Sequence[Played]) -> Iterator[str]:
    """How often each fault was played, and what was seen of it beside that."""
    by_name: defaultdict[str, list[Played]] = defaultdict(list)
    for each in played:
        detail = each.planned.detail.partition(":")[0]
        by_name[f"{each.planned.fault} {each.planned.target} {detail}".strip()].append(each)
    yield f"\n{'fault':<48}{'times':>6}{'seconds':>9}"
    for name, times in sorted(by_name.items()):
        seconds = sum(each.ended - each.began for each in times)
        said = "; ".join(sorted({each.said for each in times if each.said}))
        count = sum(not each.said.startswith(NOT_PLAYED) for each in times)
        yield f"{name:<48}{count:>6}{seconds:>9.1f}  {said}".rstrip()


def _times(books: Books) -> Iterator[str]:
    yield f"\n{'times, in seconds':<48}{'count':>6}{'p50':>9}{'p99':>9}{'most':>9}"
    alone = [restart.seconds for restart in undisturbed(books.restarts, books.played)]
    yield _line("restart of a service until its API answers", [each.seconds for each in books.restarts])
    yield _line("  of these, with nothing else disturbed", alone)
    yield _line("lag of events in the calm", books.timing.lags)
    yield _line("SIGTERM until the process has ended", list(books.timing.stops.values()))
    yield f"{len(books.cases)} cases, {len(set(books.accepted))} accepted requests, {len(books.events)} events"


def _line(name: str, values: Sequence[float]) -> str:
    if not values:
        return f"{name:<48}{0:>6}"
    return f"{name:<48}{len(values):>6}{median(values):>9.2f}{percentile(values, 0.99):>9.2f}{max(values):>9.2f}"
