"""Runbooks name alerts, log lines, routes, commands and variables that exist; `tests/monitoring/test_live.py` runs them."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from typer.main import get_command

from operate.alerts.alert import RUNBOOKS as FOLDER
from operate.alerts.files import ALERTS
from operate.cli import COMMANDS, app_for
from operate.runbooks.pages import RUNBOOKS, files
from operate.runbooks.variables import VARIABLES

RUNS = sorted({step.run for runbook in RUNBOOKS.values() for step in runbook.steps if step.run})
SOURCES = "".join(
    file.read_text(encoding="utf-8") for folder in ("shared", "services") for file in Path(folder).rglob("*.py")
)
CALL = re.compile(r'curl -fsS .*?"\$(INTAKE|SLA|SETTLEMENT|NOTIFY)([^"]*)"')
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    assert set(RUNBOOKS) == {alert.name for alert in ALERTS}


@pytest.mark.parametrize("name", RUNBOOKS)
def test_a_runbook_is_whole_and_in_both_languages(name: str) -> None:
    runbook = RUNBOOKS[name]
    assert runbook.look
    assert runbook.do
    assert runbook.over
    assert all(step.run for step in (*runbook.look, *runbook.over))
    for text in (runbook.customer, *(step.say for step in runbook.steps)):
        assert text.en.endswith((".", ":"))
        assert CHINESE.search(text.zh)


def test_variables_are_those_that_the_commands_name() -> None:
    named = {name for run in RUNS for name in re.findall(r"\$([A-Z_]+)", run)}
    assert named == {variable.name for variable in VARIABLES}


def test_log_lines_that_are_looked_for_are_written() -> None:
    sought = {event for run in RUNS for event in re.findall(r'\.event == "([^"]+)"', run)}
    assert sought
    assert {event for event in sought if f'"{event}"' not in SOURCES} == set()


@pytest.mark.parametrize("run", [run for run in RUNS if CALL.search(run)])
def test_a_call_is_of_a_route_that_exists_with_its_parameters(run: str) -> None:
    [(service, address)] = CALL.findall(run)
    document: dict[str, Any] = json.loads(Path(f"docs/api/openapi-{service.lower()}.json").read_text(encoding="utf-8"))
    path = re.sub(r"\$[A-Z]+", "{}", urlsplit(address).path)
    routes = {re.sub(r"\{\w+\}", "{}", route): methods for route, methods in document["paths"].items()}
    operation = routes[path]["post" if "--json" in run else "get"]
    asked = {name for name, _ in parse_qsl(urlsplit(address).query)}
    assert asked <= {parameter["name"] for parameter in operation.get("parameters", [])}


@pytest.mark.parametrize("run", sorted({run.partition(" | ")[0] for run in RUNS if run.startswith("redress ")}))
def test_a_command_of_ours_exists_with_its_options(run: str) -> None:
    words = run.split()[1:]
    command = get_command(app_for(words))
    assert words[0] in COMMANDS
    for word in words:
        if hasattr(command, "commands") and word in command.commands:
            command = command.commands[word]
        elif word.startswith("--"):
            assert any(word in option.opts for option in command.params), (run, word)


@pytest.mark.parametrize("name", files())
def test_links_of_a_page_lead_somewhere(name: str) -> None:
    text = files()[name]
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text)
    assert targets
    assert [target for target in targets if not Path(FOLDER, target).exists()] == []
