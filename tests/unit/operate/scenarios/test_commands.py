"""`redress scenario` with several files: a wrong one does not stop the others, and all faults are printed."""

from pathlib import Path

import pytest
from rich.console import Console

from operate.scenario_commands import run_files, verdict
from operate.scenarios.format import Scenario
from operate.scenarios.outcome import Outcome, StepResult
from operate.scenarios.session import Stack
from shared.packs.publishing.load import load_pack
from tests.support.packs import write_pack

STEP = StepResult(
    number=1, line=9, at="2026-03-02T00:00", by="", title="look", note="", rules=(), answers=(), differences=()
)


def no_stack() -> Stack:
    raise AssertionError("no stack is needed for wrong files")


def test_each_wrong_file_is_told_and_nothing_is_started(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text("scenario: x\n", encoding="utf-8")
    files = [tmp_path / "a.yaml", tmp_path / "b.yaml", tmp_path / "absent.yaml"]

    assert not run_files(files, Console(soft_wrap=True), start=no_stack)

    lines = capsys.readouterr().out.splitlines()
    assert f"{tmp_path}/a.yaml:1: steps: is missing" in lines
    assert f"{tmp_path}/b.yaml:1: steps: is missing" in lines
    assert f"{tmp_path}/absent.yaml: cannot be read: No such file or directory" in lines
    assert lines[-1] == "3 files: 0 passed, 0 failed, 3 wrong"


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        (1, "[green]passed[/]  Late  (1 of 1 steps, X-4, organisation 0190)"),
        (0, "[red]differs[/]  Late  (0 of 1 steps, organisation 0190)"),
    ],
)
def test_the_verdict_names_the_organisation_and_each_rule_once(tmp_path: Path, steps: int, line: str) -> None:
    text = {"scenario": "Late", "rules": ["X-4", "X-4"], "pack": "small", "start": "2026-03-02", "people": {}}
    outcome = Outcome(
        scenario=Scenario.model_validate({**text, "steps": [{"at": "2026-03-02"}]}),
        file=Path("late.yaml"),
        pack=load_pack(write_pack(tmp_path / "small")),
        organisation="0190",
    )
    outcome.steps = [STEP] * steps

    assert verdict(outcome) == line
