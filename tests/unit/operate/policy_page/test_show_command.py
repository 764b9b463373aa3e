"""`redress policy show --html`."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from operate.errors import OperatorError
from operate.policy_commands import app
from tests.support.packs import write_pack


def test_the_page_is_written_to_the_file(tmp_path: Path) -> None:
    folder, file = write_pack(tmp_path / "small"), tmp_path / "page.html"

    result = CliRunner().invoke(app, ["show", str(folder), "--html", str(file), "--language", "en"])

    assert (result.exit_code, result.output) == (0, f"{file}\n")
    text = file.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>\n")
    assert text.endswith("</html>\n")
    assert "投诉" not in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--language", "en"], "--language is for the page."),
        (["--html", "/nowhere/at/all.html"], "/nowhere/at/all.html cannot be written: No such file or directory"),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, options: list[str], said: str) -> None:
    result = CliRunner().invoke(app, ["show", str(write_pack(tmp_path / "small")), *options])

    assert isinstance(result.exception, OperatorError)
    assert result.exception.message == said


def test_without_a_file_it_is_text_as_before(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["show", str(write_pack(tmp_path / "small"))])

    assert result.output.startswith("小 / Small\nsmall, owner ")
    assert ", Asia/Shanghai, CNY, from 2026-01-01\n\nRules\n" in result.output
