"""Figures as ratios: ours and its yardstick in turn, in one run, so that a noisy machine is noisy for both."""

import statistics
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

ROUNDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Medians of interleaved runs; `ratio` is the median of the runs' own ratios."""

    name: str
    unit: str
    ours: float
    yardstick: float
    against: str
    ratio: float
    aim: float
    runs: list[float]

    @property
    def met(self) -> bool:
        return self.ratio >= self.aim

    def line(self) -> str:
        verdict = "met" if self.met else "MISSED"
        return (
            f"{self.name:<44}{self.ours:>12,.0f} {self.unit:<10} {self.ratio:>7.2f} x {self.against}"
            f" ({self.yardstick:,.0f}), aim {self.aim:g}: {verdict}"
        )

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "met": self.met}


Measure = Callable[[], Awaitable[float]]


async def interleaved(
    name: str, *, unit: str, against: str, aim: float, ours: Measure, yardstick: Measure, rounds: int = ROUNDS
) -> Figure:
    """Run ours and the yardstick in turn (each once before, to warm up); each returns a rate."""
    await ours()
    await yardstick()
    pairs = [(await ours(), await yardstick()) for _ in range(rounds)]
    ratios = [mine / theirs for mine, theirs in pairs]
    return Figure(
        name=name,
        unit=unit,
        ours=statistics.median(mine for mine, _ in pairs),
        yardstick=statistics.median(theirs for _, theirs in pairs),
        against=against,
        ratio=statistics.median(ratios),
        aim=aim,
        runs=[round(ratio, 3) for ratio in ratios],
    )
