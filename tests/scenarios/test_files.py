"""Several files of one call, and what `--verbose` prints, on a real stack."""

from pathlib import Path

import pytest
from rich.console import Console

from operate.runtime.stack import Stack
from operate.scenario_commands import run_files
from operate.scenarios.stack import of_running

RIGHT = """
scenario: A complaint is registered
rules: [DR-15b]
pack: duty_centre
start: 2026-03-02T09:00
people: {liu: {roles: [duty_officer]}}
steps:
  - by: liu
    register: {case_type: complaint, channel: phone, facts: {subject: 电梯噪音, size: small}}
    expect: {status: STATUS}
"""


def test_a_wrong_file_and_one_that_differs_do_not_stop_the_others(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {
        "a": RIGHT.replace("STATUS", "registered"),
        "b": RIGHT.replace("liu\n    register", "li\n    register"),
        "c": RIGHT.replace("STATUS", "closed"),
        "d": RIGHT.replace("STATUS", "registered"),
    }
    files = [tmp_path / f"{name}.yaml" for name in texts]
    for file, text in zip(files, texts.values(), strict=True):
        file.write_text(text, encoding="utf-8")

    assert not run_files(files, Console(soft_wrap=True), start=lambda: of_running(stack))

    output = capsys.readouterr().out
    assert f"{files[1]}:8: steps[0].by: `li` is not among `people`: liu" in output
    assert output.count("passed  A complaint is registered  (1 of 1 steps, DR-15b, organisation 0") == 2
    assert f"✗ {files[2]}:8: step 1 of 1 at 2026-03-02T09:00, liu: register complaint" in output
    assert output.splitlines()[-1] == "4 files: 2 passed, 1 failed, 1 wrong"


def test_verbose_prints_status_and_body_of_each_answer(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(RIGHT.replace("STATUS", "registered"), encoding="utf-8")

    assert run_files([file], Console(soft_wrap=True), start=lambda: of_running(stack), verbose=True)

    output = capsys.readouterr().out
    assert '← 201 {"case_id":"' in output
    assert "status: " in output
