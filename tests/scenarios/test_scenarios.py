"""Every scenario that a pack ships, side by side on one stack, each in an organisation with its own clock."""

import asyncio
from pathlib import Path

import pytest

from operate.authoring import guide, scenario_page
from operate.runtime.stack import Stack
from operate.scenarios.outcome import Outcome
from operate.scenarios.report import report
from operate.scenarios.run import run_file
from operate.scenarios.stack import of_running

GUIDE = Path("deploy/policies/AUTHORING.md")
PAGE = Path(scenario_page.PLACE)
EXAMPLES = scenario_page.examples(PAGE.read_text(encoding="utf-8"))
SHIPPED = sorted([*Path("deploy/policies").glob("*/scenarios/*.yaml"), *Path("tests/scenarios").glob("*.yaml")])
FILES = [*SHIPPED, GUIDE, *(PAGE / name for name in EXAMPLES)]
AT_ONCE = 6


@pytest.fixture(scope="module")
async def outcomes(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Outcome | Exception]:
    """All of them run, several at a time; one that cannot be run does not stop the others."""
    gate = asyncio.Semaphore(AT_ONCE)
    running = of_running(stack)
    written = {GUIDE: guide.write(GUIDE.read_text(encoding="utf-8"), tmp_path_factory.mktemp("guide"))[-1]}
    for name, text in EXAMPLES.items():
        written[PAGE / name] = tmp_path_factory.mktemp("page") / name
        written[PAGE / name].write_text(text, encoding="utf-8")

    async def one(file: Path) -> Outcome | Exception:
        async with gate:
            try:
                return await run_file(written.get(file, file), running)
            except Exception as error:
                return error

    return dict(zip(FILES, await asyncio.gather(*(one(file) for file in FILES)), strict=True))


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
