"""Every scenario that a pack ships, side by side on one stack, each in an organisation with its own clock."""

from pathlib import Path

import pytest

from operate.runtime.stack import Stack
from operate.scenarios.outcome import Outcome
from operate.scenarios.report import report
from operate.scenarios.stack import of_running
from tests.scenarios.shipped import EXAMPLES, FILES, play


@pytest.fixture(scope="module")
async def outcomes(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Outcome | Exception]:
    return await play(FILES, of_running(stack), tmp_path_factory.mktemp("written"))


@pytest.mark.parametrize("file", FILES, ids=str)
async def test_scenario(outcomes: dict[Path, Outcome | Exception], file: Path) -> None:
    outcome = outcomes[file]
    if isinstance(outcome, Exception):
        raise outcome
    assert "\n".join(report(outcome)) == ""
    assert outcome.passed, "not every step was played"


def test_the_reference_pack_ships_scenarios() -> None:
    assert len([file for file in FILES if file.parts[2] == "laigang"]) >= 8


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 6
