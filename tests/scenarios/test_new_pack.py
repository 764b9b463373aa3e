"""The scenarios of a new pack play as they are written."""

import asyncio
from datetime import date
from pathlib import Path

import pytest

from operate.policy_new.answers import Answers
from operate.policy_new.scaffold import write
from operate.runtime.stack import Stack
from operate.scenarios.report import report
from operate.scenarios.run import run_file
from operate.scenarios.stack import of_running


@pytest.mark.parametrize(
    ("answers", "files"),
    [
        (Answers(remedies="both", notifications="both"), ["exchange.yaml", "refund.yaml", "refused.yaml"]),
        (Answers(remedies="none", notifications="none", approval_limit=""), ["refused.yaml", "settled.yaml"]),
        (Answers(remedies="refund", approval_limit="100", currency="JPY"), ["refund.yaml", "refused.yaml"]),
    ],
    ids=["everything", "nothing", "above the limit"],
)
async def test_the_scenarios_of_a_new_pack_play(
    answers: Answers, files: list[str], stack: Stack, tmp_path: Path
) -> None:
    write("shop", tmp_path / "shop", answers, today=date(2026, 11, 30))
    found = sorted((tmp_path / "shop" / "scenarios").iterdir())

    outcomes = await asyncio.gather(*(run_file(file, of_running(stack)) for file in found))

    assert [file.name for file in found] == files
    assert [line for outcome in outcomes for line in report(outcome)] == []
