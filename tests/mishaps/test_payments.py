"""After a restore nothing is paid twice: what was asked for is asked about under its key before anything is sent."""

import asyncio
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest

from operate.runtime.stack import Stack
from operate.scenarios.organisation import create_organisation, publish
from operate.scenarios.send import Sender
from operate.scenarios.session import Session
from operate.scenarios.stack import of_running
from operate.scenarios.verb_call import Created
from tests.bench.whole import SCENARIO, steps_of
from tests.mishaps.installation import anew, back_up, recover, restore, start_services, stop_services
from tests.mishaps.test_restore import rows
from tests.support.eventually import eventually

STEPS = steps_of(SCENARIO)
PAYOUT = next(number for number, step in enumerate(STEPS) if (verb := step.verb()) and verb.NAME == "payout")
PAID = 2_100_000


async def played(session: Session, created: Created, *places: int) -> None:
    """These steps of a complaint, each as soon as the one before is answered."""
    sender = Sender(session, SCENARIO, created)
    for place in places:
        sent = await sender.send(STEPS[place], place)
        assert [answer.body for each in sent for answer in each.answers if answer.refused] == []


async def payments(session: Session) -> list[dict[str, Any]]:
    """What the ERP has of the organisation."""
    answer = await session.sink(f"{session.stack.erp}/payments?organisation={session.organisation}")
    found: list[dict[str, Any]] = answer["payments"]
    return found


async def until_paid(session: Session, stack: Stack) -> None:
    state = "SELECT state FROM settlement.remedy WHERE org_id = $1::uuid"

    async def is_executed() -> bool:
        return await rows(stack, state, session.organisation) == [("executed",)]

    await eventually(is_executed)


@pytest.mark.chaos
@pytest.mark.parametrize("dumped", ["approved", "to be sent"])
async def test_a_payment_that_a_restore_has_lost_is_not_made_again(stack: Stack, tmp_path: Path, dumped: str) -> None:
    """The dump was made when the remedy was approved, or when its payout waited to be sent; then the ERP paid."""
    async with httpx2.AsyncClient(trust_env=False) as http:
        session = Session(of_running(stack), http, organisation="", zone=ZoneInfo("Asia/Shanghai"))
        session.organisation = await create_organisation(session, "paid", None)
        await publish(session, SCENARIO.pack.documents, effective_from=None)
        created = Created()
        await played(session, created, *range(PAYOUT))
        await session.stack.all_read()
        settlement = stack.part("settlement")
        if dumped == "to be sent":
            await asyncio.to_thread(settlement.restart, {"REDRESS_ROLE": "api"})
            await played(session, created, PAYOUT)
        await back_up(stack, tmp_path / "dump")
        if dumped == "to be sent":
            await asyncio.to_thread(settlement.restart, {})
        else:
            await played(session, created, PAYOUT)
        await until_paid(session, stack)
        [first] = await payments(session)
        await stop_services(stack)
        await restore(stack, tmp_path / "dump")

        code, said = await recover(stack)
        assert code == 0, said
        if dumped == "approved":
            assert f"payment {first['payment_key']}: {PAID} minor units of CNY" in said
        else:
            assert "1 payouts that were to be sent are asked about first" in said
            [(state, sent_to)] = await rows(
                stack, "SELECT state, sent_to FROM settlement.payout WHERE org_id = $1::uuid", session.organisation
            )
            assert (state, bool(sent_to)) == ("unknown", True)
        await start_services(stack)
        if dumped == "approved":
            await played(anew(stack, session), created, PAYOUT)
        await until_paid(session, stack)

        assert [(each["payment_key"], each["amount_minor"]) for each in await payments(session)] == [
            (first["payment_key"], PAID)
        ]
        entries = "SELECT count(*) FROM settlement.ledger_entry WHERE org_id = $1::uuid"
        assert await rows(stack, entries, session.organisation) == [(1,)]
        assert await rows(stack, "SELECT FROM settlement.lost_payment") == []
