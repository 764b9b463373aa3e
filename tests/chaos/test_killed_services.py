"""Every service, killed (-9) at every named window, while whole scenarios run: they pass unchanged.

A scenario is the oracle: it counts clocks, messages, payments and ledger entries, so a lost event or
a doubled effect differs. The log of every topic is read afterwards for order per case.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from operate.runtime.databases import SERVICES
from operate.runtime.http_process import HttpProcess
from operate.runtime.stack import Stack
from operate.scenarios.outcome import Outcome
from operate.scenarios.run import run_file
from operate.scenarios.stack import of_running
from tests.support.event_log import order_faults
from tests.support.persevering import PerseveringClient

SCENARIOS = Path("deploy/policies/laigang/scenarios")
PLAYED = ("main_job", "departure_in_province")

# How many times a window is passed before the service dies in it: late enough to be in the middle of the scenarios.
WINDOWS: dict[str, tuple[str, dict[str, int]]] = {
    "after commit, before the answer": ("http.after_commit", {"intake": 9, "sla": 1, "settlement": 3, "notify": 1}),
    "after publish, before the archive": ("relay.after_publish", {"intake": 7, "sla": 3, "settlement": 3, "notify": 3}),
    "after the handler's commit, before the offset's": ("consumer.after_commit", dict.fromkeys(SERVICES, 6)),
}


class Watchdog:
    """Restarts a service that died, as an orchestrator would, and remembers that it did."""

    def __init__(self, service: HttpProcess) -> None:
        self.service = service
        self.deaths = 0

    async def run(self) -> None:
        while True:
            if not self.service.daemon.is_running:
                self.deaths += 1
                await asyncio.to_thread(self.service.start, {})
            await asyncio.sleep(0.05)


@asynccontextmanager
async def armed(service: HttpProcess, failpoint: str) -> AsyncIterator[Watchdog]:
    """The service restarted so that it kills itself at the failpoint, and watched."""
    await asyncio.to_thread(service.restart, {"REDRESS_FAILPOINT": failpoint})
    watchdog = Watchdog(service)
    watching = asyncio.create_task(watchdog.run())
    try:
        yield watchdog
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        if not watchdog.deaths:
            await asyncio.to_thread(service.restart, {})


async def play_all(stack: Stack) -> list[Outcome]:
    running = of_running(stack)
    return await asyncio.gather(
        *(run_file(SCENARIOS / f"{name}.yaml", running, client=PerseveringClient(trust_env=False)) for name in PLAYED)
    )


@pytest.mark.chaos
@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("window", WINDOWS)
async def test_a_killed_service_loses_nothing_and_doubles_nothing(stack: Stack, service: str, window: str) -> None:
    failpoint, passes = WINDOWS[window]
    async with armed(stack.part(service), f"{failpoint}:{passes[service]}") as watchdog:
        outcomes = await play_all(stack)

    assert watchdog.deaths == 1, "the service did not die at the window, so this proved nothing"
    assert [differences(outcome) for outcome in outcomes] == [[] for _ in PLAYED]
    assert await order_faults(stack) == []


def differences(outcome: Outcome) -> list[str]:
    """What differed, with the step, so that a failure can be read."""
    found = [f"{step.line}: {line}" for step in outcome.steps for line in step.differences]
    return found or ([] if outcome.passed else ["not every step was played"])
