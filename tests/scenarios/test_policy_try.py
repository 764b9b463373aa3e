"""`redress policy try` carries out lines by the services of a stack; what it saves plays."""

from pathlib import Path

import httpx2
import pytest
from rich.console import Console
from typer.testing import CliRunner

from operate.authoring.guide import write
from operate.authoring.page import PLACE
from operate.policy_commands import app
from operate.policy_try.prompt import Prompt
from operate.policy_try.trial import Trial
from operate.runtime.stack import Stack
from operate.scenarios.report import report
from operate.scenarios.run import run_file
from operate.scenarios.stack import of_running
from shared.packs.publishing.load import load_pack

LINES = """
do check ours=true
register complaint receipt=R-1 price=800.00
steps
do check
wait 1d
do check ours=true
quote refund months=3
offer
accept
approve by=clerk
undo
approve by=clerk
approve by=chief_clerk
approve by=manager
do issue_slip
payout
explain refund
at 2026-03-01T00:00
do chek
save {file}
save {file}
quit
show
"""


@pytest.fixture
def lamps(tmp_path: Path) -> Path:
    """The pack of the guide."""
    return write(Path(PLACE).read_text(encoding="utf-8"), tmp_path / "guide")[0].parent


async def transcript(stack: Stack, pack: Path, lines: str, capsys: pytest.CaptureFixture[str], language: str) -> str:
    async with httpx2.AsyncClient(trust_env=False) as http:
        trial = Trial(load_pack(pack), of_running(stack), http, start="2026-03-05T09:00")
        await trial.begin()
        prompt = Prompt(trial, Console(soft_wrap=True), language="zh" if language == "zh" else "en")
        await prompt.run(iter(lines.splitlines()))
    return capsys.readouterr().out


async def test_everything_that_follows_is_printed_and_what_was_done_plays_again(
    stack: Stack, lamps: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "guide" / "lamps" / "scenarios" / "tried.yaml"

    output = await transcript(stack, lamps, LINES.format(file=file), capsys, "en")

    assert "✗ there is no case: register one first" in output
    assert "⏱ Finding out whose lamp it is: running, due 2026-03-09T18:00  LS-3 s.3" in output
    assert "do check ours=<boolean> [reason=<text>]    Find out whether we sold it  [clerk, manager]" in output
    assert '✗ refused, input_missing: ours: missing {"ours":"missing"}' in output
    assert "◆ case.accepted  LS-3 s.3" in output
    assert "✉ customer by email (sent): L-2026-0001 已受理  LS-7 s.7" in output
    assert "¥ Refund, CNY 680.00: quoted  LS-4 s.4" in output
    assert output.count("✗ refused, four_eyes: a person who touched the case cannot approve its money") == 2
    assert "taken back: approve" in output
    assert "▤ Refund slip RS-2026-0001: final" in output
    assert "= status: Closed" in output
    assert "Refund = 680.00 ← 680 (half_up): inputs.price * (1 - steps.lost)  LS-4 s.4" in output
    assert "✗ it is 2026-03-06T09:00 already: time only goes forward" in output
    assert "✗ the pack has no step `chek` (is `check` meant?)" in output
    assert f"✗ {file} is there already" in output
    assert output.rstrip().endswith("nothing of it was changed")  # after `quit` nothing is carried out

    saved = file.read_text(encoding="utf-8")
    assert 'pack: ".."\n' in saved
    assert "chief_clerk: {roles: [chief_clerk]}" in saved
    assert 'expect: {remedies: {refund: {amount: "680.00"}}}' in saved
    assert "refused: {code: four_eyes, cite: LS-5}" in saved
    outcome = await run_file(file, of_running(stack))
    assert report(outcome) == []
    assert outcome.passed


async def test_labels_and_refusals_are_told_in_chinese(
    stack: Stack, lamps: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = "help\nregister complaint receipt=R-1 price=800.00\ndo check\nexplain check\n"

    output = await transcript(stack, lamps, lines, capsys, "zh")

    assert "登记案件" in output
    assert "⏱ 核实期限: running, due 2026-03-09T18:00  LS-3 s.3" in output
    assert "✗ refused, input_missing: 缺少必填内容" in output
    assert "2026-03-06  计为第1天，共2天" in output


def test_lines_come_from_a_pipe(stack: Stack, lamps: Path) -> None:
    environment = {"REDRESS_STATE": str(stack.layout.state)}

    result = CliRunner(env=environment).invoke(
        app, ["try", str(lamps), "--start", "2026-03-05T09:00"], input="register complaint receipt=R-1 price=1\nshow\n"
    )

    assert result.exit_code == 0, result.exception
    assert "2026-03-05T09:00 > register complaint receipt=R-1 price=1" in result.output
    assert result.output.count("= status: New") == 2


def test_a_stack_that_does_not_run_is_told(lamps: Path, tmp_path: Path) -> None:
    result = CliRunner(env={"REDRESS_STATE": str(tmp_path / "none")}).invoke(app, ["try", str(lamps)])

    assert result.exit_code == 1
    assert "The stack is not running." in str(result.exception)
