"""Two processes for requests and three workers of each service, asked in turn, play every shipped scenario.

Each request may reach another process than the one before it, and each event another worker than the one before it.
The pools are as small as many processes at one server make them (`docs/operating.md`, sizing).
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import httpx2
import pytest

from operate.runtime.databases import SERVICES
from operate.runtime.stack import Stack
from operate.scenarios.outcome import Outcome
from operate.scenarios.report import report
from operate.scenarios.stack import of_running
from tests.scenarios.shipped import EXAMPLES, FILES, play
from tests.support.another import InTurn, Processes, Settings, in_parts

NUMBERS: Final = {"api": 2, "worker": 3}
POOLS: Final = {
    "api": {"REDRESS_POOL_SIZE": "20", "REDRESS_REQUESTS_AT_ONCE": "12"},
    "worker": {"REDRESS_POOL_SIZE": "10", "REDRESS_REQUESTS_AT_ONCE": "2"},
}


@pytest.fixture(scope="module")
def processes(stack: Stack) -> Iterator[Processes]:
    wanted: Settings = {
        (service, role): [POOLS[role]] * number for service in SERVICES for role, number in NUMBERS.items()
    }
    with in_parts(stack, wanted) as running:
        yield running


@pytest.fixture(scope="module")
async def outcomes(
    stack: Stack, processes: Processes, tmp_path_factory: pytest.TempPathFactory
) -> dict[Path, Outcome | Exception]:
    addresses: dict[str, list[str]] = {
        service: [process.url for process in processes[service, "api"]] for service in SERVICES
    }
    running = replace(of_running(stack), services=InTurn(addresses))
    return await play(FILES, running, tmp_path_factory.mktemp("written"))


@pytest.mark.parametrize("file", FILES, ids=str)
async def test_scenario(outcomes: dict[Path, Outcome | Exception], file: Path) -> None:
    outcome = outcomes[file]
    if isinstance(outcome, Exception):
        raise outcome
    assert "\n".join(report(outcome)) == ""
    assert outcome.passed, "not every step was played"


def test_the_reference_pack_ships_scenarios_and_the_page_has_examples() -> None:
    assert len([file for file in FILES if file.parts[2] == "laigang"]) >= 8
    assert len(EXAMPLES) >= 6


@pytest.mark.parametrize("service", SERVICES)
async def test_every_process_had_a_part_in_it(
    outcomes: dict[Path, Outcome | Exception], processes: Processes, service: str
) -> None:
    """Otherwise the scenarios would not have shown that the processes agree."""
    assert outcomes
    async with httpx2.AsyncClient(trust_env=False) as http:
        for process in processes[service, "api"]:
            assert await counted(http, process.url, "redress_http_request_duration_seconds_count") > 100
        for process in processes[service, "worker"]:
            assert await counted(http, process.url, "redress_inbox_handled_total") > 10


async def counted(http: httpx2.AsyncClient, url: str, metric: str) -> float:
    """The sum of a counter over its labels, at one process."""
    text = (await http.get(f"{url}/metrics")).text
    samples = [line for line in text.splitlines() if line.partition("{")[0].endswith(metric)]
    return sum(float(line.rpartition(" ")[2]) for line in samples)
