"""Dashboards drawn to pictures from what a Prometheus answers, laid out by the dashboard's own grid."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import dates, font_manager, ticker
from matplotlib.figure import Figure

from operate.dashboards.panel import COLUMNS, INTERVAL, Board, Panel, both
from tests.monitoring.prometheus import Series

mpl.use("Agg")
Ask = Callable[[str], Awaitable[list[Series]]]
CELL = 0.62
CHINESE = ("Noto Sans CJK SC", "Noto Sans CJK JP", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei")
RATE = "15s"
CHARACTERS, BESIDE_A_NAME = 15, 7
"""Characters of a legend in a column of the grid, and as many as a name's mark takes."""
LINE, UNDER_THE_PLOT, MOST_LINES = 0.11, 0.1, 5
"""Inches of a legend's line and of the room under the labels of the axis."""
_SUFFIXES = {"s": "s", "percentunit": "%", "reqps": "req/s", "ops": "ops/s", "bytes": "B", "d": "d"}


async def draw(board: Board, ask: Ask, file: Path) -> list[str]:
    """Write the picture of a board; the titles of panels of which a query gave nothing."""
    places = [(place.left, place.top, place.thing) for place in board.places() if isinstance(place.thing, Panel)]
    lines = max(top + panel.height for _, top, panel in places)
    figure = Figure(figsize=(COLUMNS * CELL, lines * CELL * 0.72), dpi=80, facecolor="white")
    empty: list[str] = []
    with mpl.rc_context({"font.family": _fonts(), "font.size": 7, "axes.unicode_minus": False}):
        for left, top, panel in places:
            margin_x, margin_y = 0.85 / COLUMNS, 1.0 / lines
            box = (
                left / COLUMNS + margin_x,
                1 - (top + panel.height) / lines + margin_y,
                panel.width / COLUMNS - margin_x * 1.25,
                panel.height / lines - margin_y * 2.1,
            )
            axes = figure.add_axes(box)
            axes.set_title(both(panel.title), loc="left", fontsize=8)
            answers = [(query.legend, await ask(query.expr.replace(INTERVAL, RATE))) for query in panel.queries]
            if not all(series for _, series in answers):
                empty.append(panel.title.en)
            drawn = [(_legend(legend, one.labels), one.samples) for legend, series in answers for one in series]
            (_draw_stat if panel.kind == "stat" else _draw_series)(axes, panel, drawn)
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, metadata={"Software": None})
    return empty


def _draw_stat(axes: Any, panel: Panel, drawn: list[tuple[str, list[tuple[float, float]]]]) -> None:
    axes.set_axis_off()
    for number, (legend, samples) in enumerate(drawn):
        value = samples[-1][1]
        where = (number + 0.5) / len(drawn)
        axes.text(
            where, 0.55, _shown(value, panel.unit), ha="center", va="center", fontsize=15, color=_colour(panel, value)
        )
        axes.text(where, 0.1, legend, ha="center", va="center", fontsize=7, color="dimgray")


def _draw_series(axes: Any, panel: Panel, drawn: list[tuple[str, list[tuple[float, float]]]]) -> None:
    percent = 100.0 if panel.unit == "percentunit" else 1.0
    for legend, samples in drawn:
        instants = [dates.num2date(at / 86400) for at, _ in samples]  # type: ignore[no-untyped-call]
        axes.plot(instants, [value * percent for _, value in samples], linewidth=1, label=legend)
    for level, colour in ((panel.warn, "goldenrod"), (panel.bad, "firebrick")):
        if level is not None:
            axes.axhline(level * percent, color=colour, linewidth=0.6, linestyle="--")
    axes.set_ylim(bottom=0)
    axes.set_ylabel(_SUFFIXES.get(panel.unit, ""), fontsize=6)
    axes.xaxis.set_major_formatter(dates.DateFormatter("%H:%M:%S"))  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(ticker.MaxNLocator(5))
    axes.tick_params(labelsize=6)
    axes.grid(visible=True, linewidth=0.3)
    if drawn:
        _legend_below(axes, panel, [legend for legend, _ in drawn])


def _legend_below(axes: Any, panel: Panel, names: list[str]) -> None:
    """The legend as a list under the plot, which gives up its room, as Grafana places it; what does not fit is counted."""
    in_a_line = max(1, int(panel.width * CHARACTERS) // (max(map(len, names)) + BESIDE_A_NAME))
    lines = min(MOST_LINES, -(-len(names) // in_a_line))
    handles, shown = axes.get_legend_handles_labels()
    fitting = lines * in_a_line
    if len(names) > fitting:
        shown = [*shown[: fitting - 1], f"+ {len(names) - fitting + 1}"]
    height = axes.figure.get_size_inches()[1]
    box = axes.get_position()
    taken = (lines * LINE + UNDER_THE_PLOT) / height
    axes.set_position((box.x0, box.y0 + taken, box.width, box.height - taken))
    under = (LINE + UNDER_THE_PLOT) / height / (box.height - taken)
    axes.legend(
        *(handles[: len(shown)], shown),
        loc="upper left",
        bbox_to_anchor=(0, -under),
        ncols=in_a_line,
        fontsize=5,
        frameon=False,
        borderaxespad=0,
        borderpad=0,
        labelspacing=0.3,
        columnspacing=1.0,
    )


def _colour(panel: Panel, value: float) -> str:
    warn, bad = panel.warn, panel.bad
    if warn is None or bad is None:
        return "seagreen" if warn is None or value < warn else "goldenrod"
    if panel.low_is_bad:
        return "firebrick" if value < bad else "goldenrod" if value < warn else "seagreen"
    return "firebrick" if value >= bad else "goldenrod" if value >= warn else "seagreen"


def _shown(value: float, unit: str) -> str:
    if unit == "percentunit":
        return f"{value:.2%}"
    return f"{value:,.6g} {_SUFFIXES.get(unit, '')}".strip()


def _legend(template: str, labels: Mapping[str, str]) -> str:
    for name, value in labels.items():
        template = template.replace(f"{{{{{name}}}}}", value)
    return template


def _fonts() -> list[str]:
    present = {font.name for font in font_manager.fontManager.ttflist}
    return [*(name for name in CHINESE if name in present), "DejaVu Sans"]
