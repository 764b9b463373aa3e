"""Clocks that jump: processes of one service whose clocks are two hours apart do everything once and lose nothing."""

import asyncio
from contextlib import ExitStack
from functools import partial
from zoneinfo import ZoneInfo

import httpx2
import pytest

from operate.runtime.databases import SERVICES
from operate.runtime.stack import Stack
from operate.scenarios.organisation import create_organisation, publish
from operate.scenarios.session import Session
from operate.scenarios.stack import of_running
from operate.scenarios.verb_call import Created
from shared.kernel.clock import OFFSET_VARIABLE, SystemClock
from tests.bench.whole import SCENARIO
from tests.mishaps.test_payments import PAYOUT, STEPS, payments, played, until_paid
from tests.mishaps.test_restore import nothing_waits, rows
from tests.support.another import another
from tests.support.eventually import eventually

HOUR = 3600
PAYOUTS = "SELECT state FROM settlement.payout WHERE org_id = $1::uuid"
DUE = "UPDATE settlement.payout SET next_at = now() WHERE org_id = $1::uuid"
SENT = "SELECT count(*) FROM notify.message WHERE org_id = $1::uuid AND channel = 'email' AND state = 'sent'"
UNSENT = "SELECT FROM notify.message WHERE org_id = $1::uuid AND state IN ('queued', 'sending')"
TOLD_EARLY = """
    SELECT type FROM sla.outbox_archive WHERE org_id = $1::uuid AND type IN ('clock.warned.v1', 'clock.breached.v1')
"""


@pytest.mark.chaos
async def test_processes_whose_clocks_are_an_hour_ahead_and_behind(stack: Stack) -> None:
    """The ERP refuses signatures of another hour, so the payment is in doubt until the clocks are right, and made once."""
    behind = {OFFSET_VARIABLE: str(-HOUR)}
    ahead = {OFFSET_VARIABLE: str(HOUR), "REDRESS_ROLE": "worker"}
    async with httpx2.AsyncClient(trust_env=False) as http:
        session = Session(of_running(stack), http, organisation="", zone=ZoneInfo("Asia/Shanghai"))
        session.organisation = await create_organisation(session, "hours apart", None)
        await publish(session, SCENARIO.pack.documents, effective_from=None)
        began, created = SystemClock().now().isoformat(), Created()

        async def of_ours(sql: str) -> list[tuple[object, ...]]:
            return await rows(stack, sql, session.organisation)

        async def is_in_doubt() -> bool:
            return await of_ours(PAYOUTS) == [("unknown",)]

        with ExitStack() as workers:
            try:
                await asyncio.gather(*(asyncio.to_thread(stack.part(name).restart, behind) for name in SERVICES))
                for name in SERVICES:
                    await asyncio.to_thread(workers.enter_context, another(stack, name, **ahead))
                await played(session, created, *range(PAYOUT + 1))
                await eventually(is_in_doubt)
                for name in SERVICES:
                    await eventually(partial(nothing_waits, stack, name))
                await session.stack.all_read()
            finally:
                await asyncio.gather(*(asyncio.to_thread(stack.part(name).restart, {}) for name in SERVICES))
        assert await payments(session) == []

        await of_ours(DUE)
        await until_paid(session, stack)
        await session.stack.all_read()
        await played(session, created, *range(PAYOUT + 1, len(STEPS)))
        assert len(await payments(session)) == 1

        async def is_sent() -> bool:
            return await of_ours(UNSENT) == []

        await eventually(is_sent)
        mails = (await session.sink(f"{session.stack.mail_sink}/messages"))["messages"]
        ids = [mail["headers"]["Message-ID"] for mail in mails if mail["received_at"] >= began]
        [(sent,)] = await of_ours(SENT)
        assert len(ids) == len(set(ids)) == sent
        assert await of_ours(TOLD_EARLY) == []
        for name in SERVICES:
            assert await of_ours(f"SELECT FROM {name}.parked_key WHERE org_id = $1::uuid") == []
