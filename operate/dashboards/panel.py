"""What a dashboard is: rows of panels with titles in English and Chinese, and the queries that each draws."""

from dataclasses import dataclass
from typing import Final, Literal

from shared.kernel.text import Text

Unit = Literal["short", "s", "percentunit", "reqps", "ops", "bytes", "d", "currencyCNY"]
"""Units by Grafana's ids."""
COLUMNS: Final = 24
INTERVAL: Final = "$__rate_interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question in PromQL. `legend` names its series by their labels; `exemplars` draws the traces of a latency."""

    expr: str
    legend: str
    exemplars: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A panel: `stat` shows the last values, `series` lines over time. From `warn` and `bad` on it is yellow and red.

    `low_is_bad` reverses that. `width` is in the 24 columns of the grid.
    """

    title: Text
    means: Text
    queries: tuple[Query, ...]
    unit: Unit = "short"
    kind: Literal["stat", "series"] = "series"
    warn: float | None = None
    bad: float | None = None
    low_is_bad: bool = False
    stacked: bool = False
    width: int = 8
    height: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels under a heading."""

    title: Text
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A dashboard. `uid` is in its address and never changes."""

    uid: str
    title: Text
    rows: tuple[Row, ...]

    def places(self) -> list["Place"]:
        """Rows and panels in their order, each with its id, which begins at 1, and where it stands in the grid."""
        placed: list[Place] = []
        top = 0
        for row in self.rows:
            placed.append(Place(number=len(placed) + 1, thing=row, left=0, top=top))
            top, left, tallest = top + 1, 0, 0
            for panel in row.panels:
                if left + panel.width > COLUMNS:
                    left, top, tallest = 0, top + tallest, 0
                placed.append(Place(number=len(placed) + 1, thing=panel, left=left, top=top))
                left, tallest = left + panel.width, max(tallest, panel.height)
            top += tallest
        return placed

    @property
    def panels(self) -> tuple[Panel, ...]:
        """The panels of all rows."""
        return tuple(panel for row in self.rows for panel in row.panels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a row or a panel stands: its column and line in the grid."""

    number: int
    thing: Row | Panel
    left: int
    top: int


def both(text: Text) -> str:
    """A title as it stands on the board."""
    return f"{text.en} · {text.zh}"


def line(expr: str, legend: str = "{{service}}") -> tuple[Query, ...]:
    """One query."""
    return (Query(expr=expr, legend=legend),)


def quantiles(metric: str, *, of: str = "", by: str = "service") -> tuple[Query, ...]:
    """The median and the 99th percentile of a histogram, with its exemplars."""
    rate = f"sum by ({by}, le) (rate({metric}_bucket{{{of}}}[{INTERVAL}]))"
    return tuple(
        Query(
            expr=f"histogram_quantile({quantile}, {rate})", legend=f"{{{{{by}}}}} p{digits}", exemplars=digits == "99"
        )
        for quantile, digits in ((0.5, "50"), (0.99, "99"))
    )
