from importlib import import_module

import pytest
import typer
from typer.testing import CliRunner

from operate import cli
from operate.cli import COMMANDS, EMBEDDED_COMMANDS, modules_for


@pytest.mark.parametrize(("module", "names"), [*COMMANDS.items(), *EMBEDDED_COMMANDS.items()])
def test_every_module_has_the_commands_it_is_listed_with(module: str, names: tuple[str, ...]) -> None:
    app = typer.Typer()
    app.callback()(cli.redress)
    import_module(module).register(app)

    found = CliRunner().invoke(app, ["--help"]).output

    assert all(f" {name} " in found for name in names)


def test_only_the_module_of_the_command_is_loaded() -> None:
    assert modules_for(["down"]) == ["operate.stack_commands"]
    assert modules_for(["demo"]) == ["operate.scenario_commands"]


@pytest.mark.parametrize("words", [[], ["--help"], ["no-such-command"]])
def test_without_a_known_command_all_are_loaded(words: list[str]) -> None:
    assert modules_for(words) == [*COMMANDS, *EMBEDDED_COMMANDS]
