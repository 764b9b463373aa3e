import subprocess
import sys

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from operate.cli import COMMANDS, app_for


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_what_the_command_says_of_itself(name: str) -> None:
    listed = CliRunner().invoke(app_for(["--help"]), ["--help"], env={"COLUMNS": "400"}).output
    own = CliRunner().invoke(app_for([name]), [name, "--help"], env={"COLUMNS": "400"}).output

    assert f" {name} " in listed
    assert COMMANDS[name].help in " ".join(listed.split())
    assert COMMANDS[name].help in " ".join(own.split())


def test_an_unknown_command_is_refused_with_a_usage_line() -> None:
    result = CliRunner().invoke(app_for(["no-such-command"]), ["no-such-command"])

    assert result.exit_code == 2
    assert "No such command 'no-such-command'" in result.output


def test_the_help_of_all_commands_is_one_application() -> None:
    assert set(get_command(app_for([])).commands) == set(COMMANDS)  # type: ignore[attr-defined]


@pytest.mark.parametrize("word", ["--help", "token"])
def test_help_and_tokens_import_neither_packs_nor_services_nor_a_database_driver(word: str) -> None:
    program = (
        "import sys; from operate.cli import app_for; app_for([sys.argv[1]]);"
        "print(sorted({name.split('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run([sys.executable, "-c", program, word], check=True, capture_output=True, text=True).stdout

    assert "typer" in loaded
    for heavy in ("services", "sqlalchemy", "pydantic", "fastapi", "aiokafka", "httpx2", "zen"):
        assert f"'{heavy}'" not in loaded
