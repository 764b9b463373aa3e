"""Complaints up to the payment, many side by side, by the requests of a scenario of the reference pack."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from operate.scenarios.load import load_scenario
from operate.scenarios.send import Sender
from operate.scenarios.session import Positions, Session
from operate.scenarios.verb_call import Created

SCENARIO: Final = load_scenario(Path("deploy/policies/laigang/scenarios/pay_only_the_notice.yaml"))
STEPS: Final = [
    step for step in SCENARIO.scenario.steps if (verb := step.verb()) and verb.NAME != "erp_fault" and not step.refused
]


async def up_to_payment(session: Session, count: int) -> list[Sender]:
    """Complaints of which only the payment is left to be requested, which is the last step."""
    senders = [Sender(replace(session, positions=Positions()), SCENARIO, Created()) for _ in range(count)]
    await asyncio.gather(*(_send(sender, number) for number, sender in enumerate(senders)))
    return senders


async def pay(senders: list[Sender]) -> None:
    """Request the payments side by side."""
    await asyncio.gather(*(sender.send(STEPS[-1], number * 1000 + 999) for number, sender in enumerate(senders)))


async def payouts(session: Session, state: str) -> list[dict[str, Any]]:
    """The organisation's payouts in a state."""
    page = await session.operate("settlement", "GET", "/v1/payouts", params={"state": state})
    return [dict(each) for each in page["items"]]


async def _send(sender: Sender, complaint: int) -> None:
    for place, step in enumerate(STEPS[:-1]):
        for sent in await sender.send(step, complaint * 1000 + place):
            refused = [answer for answer in sent.answers if answer.refused]
            assert not refused, (step, refused)
