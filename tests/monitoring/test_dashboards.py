"""Dashboards are what Grafana's schema says, and a dashboard that is not is seen."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from operate.dashboards.boards import BOARDS
from operate.dashboards.files import FOLDER
from tests.monitoring.grafana_schema import faults

Dashboard = dict[str, Any]


def read(uid: str) -> Dashboard:
    found: Dashboard = json.loads(Path(FOLDER, f"{uid}.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("uid", [board.uid for board in BOARDS])
def test_a_dashboard_keeps_the_schema(uid: str) -> None:
    assert list(faults(read(uid))) == []


def kind(board: Dashboard, name: str) -> Dashboard:
    found: Dashboard = next(panel for panel in board["panels"] if panel["type"] == name)
    return found


@pytest.mark.parametrize(
    ("break_it", "fault"),
    [
        (lambda board: board.update(titel="x"), "'titel' was unexpected"),
        (lambda board: board.update(schemaVersion="41"), "'41' is not of type 'integer'"),
        (lambda board: board.pop("schemaVersion"), "'schemaVersion' is a required property"),
        (lambda board: board["templating"]["list"][0].update(type="colour"), "'colour' is not one of"),
        (lambda board: kind(board, "timeseries")["options"]["legend"].update(placement="left"), "'left' is not one of"),
        (lambda board: kind(board, "timeseries")["options"].update(reduceOptions={}), "'reduceOptions' was unexpected"),
        (lambda board: kind(board, "stat")["options"].update(tooltip={}), "'tooltip' was unexpected"),
        (lambda board: kind(board, "timeseries")["targets"][0].pop("refId"), "'refId' is a required property"),
        (lambda board: kind(board, "stat")["targets"][0].update(expression="up"), "'expression' was unexpected"),
        (lambda board: kind(board, "stat")["gridPos"].update(w="8"), "'8' is not of type 'integer'"),
        (lambda board: kind(board, "row").update(collapsed=None), "None is not of type 'boolean'"),
        (lambda board: kind(board, "stat").update(type="graph"), "'graph' is not one of"),
        (
            lambda board: kind(board, "timeseries")["fieldConfig"]["defaults"].update(custom={"fillOpacity": "30"}),
            "'30' is not of type 'number'",
        ),
    ],
)
def test_a_dashboard_against_the_schema_is_seen(break_it: Callable[[Dashboard], object], fault: str) -> None:
    board = deepcopy(read("redress-overview"))
    break_it(board)
    found = list(faults(board))
    assert [one for one in found if fault in one], found
