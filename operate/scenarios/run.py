"""Runs one scenario on a running stack: an organisation of its own, a clock of its own, step by step."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2

from operate.errors import OperatorError
from operate.scenarios import quiescence
from operate.scenarios.load import LoadedScenario, load_scenario
from operate.scenarios.organisation import create_organisation, publish
from operate.scenarios.outcome import Outcome, StepResult
from operate.scenarios.session import Session, Stack
from operate.scenarios.step_runner import StepRunner

Watch = Callable[[Session, StepResult, str | None], Awaitable[None]]
"""Called after each step with the case of the scenario's own organisation that the step was about."""


async def run_file(
    file: Path, stack: Stack, *, watch: Watch | None = None, client: httpx2.AsyncClient | None = None
) -> Outcome:
    """Run the scenario in `file`. Raises ScenarioInvalid for a wrong file or pack."""
    return await run_scenario(load_scenario(file), stack, watch=watch, client=client)


async def run_scenario(
    loaded: LoadedScenario, stack: Stack, *, watch: Watch | None = None, client: httpx2.AsyncClient | None = None
) -> Outcome:
    """Run a scenario; stops at the first step that differs. `client` replaces the usual HTTP client."""
    scenario = loaded.scenario
    outcome = Outcome(scenario=scenario, file=loaded.file, pack=loaded.pack)
    async with client or httpx2.AsyncClient(trust_env=False) as http:
        session = Session(stack, http, organisation="", zone=loaded.zone, currency=loaded.currency)
        start = session.instant(scenario.start)
        session.organisation = outcome.organisation = await create_organisation(session, scenario.scenario, start)
        if any(person.organisation == "other" for person in scenario.people.values()):
            session.foreign_organisation = await create_organisation(session, f"not {scenario.scenario}", start)
        await _publish(session, loaded)
        due = await quiescence.settle(session)
        runner = StepRunner(session, loaded, now=start, due=due, is_watched=watch is not None)
        outcome.cases = runner.created.cases
        for number in range(1, len(scenario.steps) + 1):
            result, case_id = await runner.take(number)
            outcome.steps.append(result)
            if watch is not None:
                await watch(session, result, case_id)
            if result.differences:
                break
    return outcome


async def _publish(session: Session, loaded: LoadedScenario) -> None:
    effective_from = loaded.scenario.effective_from
    try:
        await publish(session, loaded.pack.documents, effective_from=effective_from)
    except OperatorError as error:
        key = "effective_from" if effective_from else "pack"
        raise OperatorError(loaded.located.finding((key,), error.message), hint=error.hint) from None
