"""Dashboards as Grafana reads them: JSON by the schema of Grafana's own SDK, one file each.

The SDK is a package of developers, so this is no part of the `redress` command: `python -m operate.dashboards`.
"""

import json
from typing import Final

from grafana_foundation_sdk.builders.common import (
    GraphThresholdsStyleConfig,
    ReduceDataOptions,
    StackingConfig,
    VizLegendOptions,
    VizTooltipOptions,
)
from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, ThresholdsConfig
from grafana_foundation_sdk.builders.dashboard import Row as RowBuilder
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.timeseries import Panel as Series
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import DataSourceRef, GridPos, Threshold, ThresholdsMode

from operate.dashboards.boards import BOARDS
from operate.dashboards.panel import COLUMNS, Board, Panel, Row, both

FOLDER: Final = "deploy/grafana/dashboards"
_SOURCE: Final = DataSourceRef(type_val="prometheus", uid="${datasource}")
_GREEN, _YELLOW, _RED = "green", "yellow", "red"


def files() -> dict[str, str]:
    """Path in the project → content."""
    return {f"{FOLDER}/{board.uid}.json": dashboard(board) for board in BOARDS}


def dashboard(board: Board) -> str:
    """The JSON of a dashboard."""
    made = (
        Dashboard(both(board.title))
        .uid(board.uid)
        .tags(["redress"])
        .refresh("30s")
        .time("now-3h", "now")
        .timezone("browser")
        .readonly()
        .with_variable(DatasourceVariable("datasource").type("prometheus").label("Prometheus"))
    )
    for place in board.places():
        if isinstance(place.thing, Row):
            where = GridPos(1, COLUMNS, place.left, place.top)
            made = made.with_row(RowBuilder(both(place.thing.title)).id(place.number).grid_pos(where))
        else:
            where = GridPos(place.thing.height, place.thing.width, place.left, place.top)
            made = made.with_panel(_panel(place.thing).id(place.number).grid_pos(where))
    content = json.loads(JSONEncoder().encode(made.build()))
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _panel(panel: Panel) -> Stat | Series:
    made = _stat(panel) if panel.kind == "stat" else _series(panel)
    made = (
        made.title(both(panel.title))
        .description(both(panel.means))
        .datasource(_SOURCE)
        .unit(panel.unit)
        .thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(_steps(panel)))
    )
    if panel.unit == "percentunit":
        made = made.min(0)
    for number, query in enumerate(panel.queries):
        target = Dataquery().expr(query.expr).legend_format(query.legend).ref_id(chr(ord("A") + number))
        made = made.with_target(target.exemplar(query.exemplars))
    return made


def _stat(_panel: Panel) -> Stat:
    return Stat().reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))


def _series(panel: Panel) -> Series:
    legend = VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM).show_legend(True)
    made = Series().legend(legend).tooltip(VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
    if panel.bad is not None or panel.warn is not None:
        made = made.thresholds_style(GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.LINE))
    if panel.stacked:
        made = made.stacking(StackingConfig().mode(StackingMode.NORMAL)).fill_opacity(30)
    return made


def _steps(panel: Panel) -> list[Threshold]:
    """From the lowest value up, the colour from there on; the first has no value."""
    marks = (panel.bad, panel.warn) if panel.low_is_bad else (panel.warn, panel.bad)
    colours = (_RED, _YELLOW, _GREEN) if panel.low_is_bad else (_GREEN, _YELLOW, _RED)
    marked = [Threshold(value, colour) for value, colour in zip(marks, colours[1:], strict=True) if value is not None]
    return [Threshold(None, colours[0] if marked else _GREEN), *marked]
