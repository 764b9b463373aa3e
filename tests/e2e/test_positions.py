"""A client that sends the position of its last answer is never refused for what has not arrived: no quiescence anywhere.

The steps are those of a scenario of the reference pack, from registration to payment: most calls rest on what the call
before did at the other service, there and back.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from operate.runtime.stack import Stack
from operate.scenarios.load import load_scenario
from operate.scenarios.send import Sender
from operate.scenarios.session import Session
from operate.scenarios.stack import of_running
from operate.scenarios.verb_call import Created
from shared.kernel.ids import new_id
from tests.e2e.story import CASE, PACK, ZONE, Story, begin
from tests.support.another import InTurn, another

SCENARIO = load_scenario(Path("deploy/policies/laigang/scenarios/pay_only_the_notice.yaml"))
VERBS = [step.verb() for step in SCENARIO.scenario.steps]
BEFORE_THE_FAULT = next(number for number, verb in enumerate(VERBS) if verb and verb.NAME == "erp_fault")
PAID = next(number for number in range(BEFORE_THE_FAULT, len(VERBS)) if VERBS[number].NAME == "payout")  # type: ignore[union-attr]
STEPS = [*SCENARIO.scenario.steps[:BEFORE_THE_FAULT], SCENARIO.scenario.steps[PAID]]
LANES, REPETITIONS = 5, 10


@dataclass
class Client:
    """Plays the steps once, each under a key of its own; what is not caught up with is repeated as the answer says."""

    session: Session
    number: int
    created: Created = field(default_factory=Created)
    version: int = 0

    async def play(self, numbers: range) -> None:
        sender = Sender(self.session, SCENARIO, self.created)
        for number in numbers:
            step = STEPS[number]
            [sent] = await sender.send(step, self.number * 100 + number)
            [answer] = sent.answers
            said = answer.body.get("code") if answer.refused else None
            assert said == (step.refused.code if step.refused else None), (number, answer.status, answer.body)
            if said == "result_notice_required":
                assert answer.body["fields"]["as_of"] == [f"case/{self.created.cases['case']}@{self.version}"]
            verb = step.verb()
            if verb is not None and verb.NAME == "step" and not answer.refused:
                case_id = self.created.cases["case"]
                self.version = (await self.session.operate("intake", "GET", f"/v1/cases/{case_id}"))["version"]


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
async def own(e2e_stack: Stack) -> AsyncIterator[Story]:
    """An organisation of this module: its many cases are in no list that other tests read."""
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield await begin(of_running(e2e_stack), client, "Positions", PACK.documents)


def client(stack: Stack, own: Story, http: httpx2.AsyncClient, number: int) -> Client:
    session = Session(of_running(stack), http, organisation=own.session.organisation, zone=ZONE)
    return Client(session, number)


async def test_the_next_call_is_never_refused_for_what_has_not_arrived(
    e2e_stack: Stack, own: Story, http: httpx2.AsyncClient
) -> None:
    async def lane(number: int) -> None:
        for repetition in range(REPETITIONS):
            await client(e2e_stack, own, http, number * REPETITIONS + repetition).play(range(len(STEPS)))

    await asyncio.gather(*(lane(number) for number in range(1, LANES + 1)))


async def test_a_restart_in_between_loses_no_position(e2e_stack: Stack, own: Story, http: httpx2.AsyncClient) -> None:
    one = client(e2e_stack, own, http, 900)
    await one.play(range(len(STEPS) - 2))
    await asyncio.to_thread(e2e_stack.part("settlement").restart)
    await one.play(range(len(STEPS) - 2, len(STEPS)))


async def test_two_processes_of_each_service_answer_in_turn(
    e2e_stack: Stack, own: Story, http: httpx2.AsyncClient
) -> None:
    running = of_running(e2e_stack)
    with ExitStack() as others:
        addresses = {
            service: (url, others.enter_context(another(e2e_stack, service)).url)
            for service, url in running.services.items()
        }
        in_turn = Session(
            replace(running, services=InTurn(addresses)), http, organisation=own.session.organisation, zone=ZONE
        )
        for number in range(1000, 1005):
            await Client(in_turn, number).play(range(len(STEPS)))
    await client(e2e_stack, own, http, 1005).play(range(len(STEPS)))


async def test_a_case_is_never_absent_next_door_for_its_creator(own: Story) -> None:
    """Without any position."""
    org = own.session.organisation
    seen: set[Any] = set()
    for _ in range(10):
        case_id = (await own.post("intake", "/v1/cases", CASE))["case_id"]
        calls = [
            own.send(service, "GET", f"/v1/cases/{case_id}/{what}", org=org)
            for service, what in (("sla", "clocks"), ("settlement", "remedies"), ("notify", "messages"))
        ]
        seen |= {answer.status_code for answer in await asyncio.gather(*calls)}
    assert seen <= {200, 409}
    assert 200 in seen


async def test_a_position_of_one_organisation_holds_up_no_other(own: Story, story: Story) -> None:
    written = await own.send("intake", "POST", "/v1/cases", org=own.session.organisation, json=CASE)
    headers = {"Redress-Position": written.headers["redress-position"], "Idempotency-Key": new_id()}
    other = await story.send("sla", "GET", "/v1/clocks", org=story.stranger, headers=headers)
    assert other.status_code == 200
