"""Clocks that jump: processes of one service whose clocks are two hours apart do everything once and lose nothing."""

import asyncio
from contextlib import ExitStack
from functools import partial
from typing import Any

import httpx2
import pytest

from operate.runtime.databases import SERVICES
from operate.runtime.stack import Stack
from operate.scenarios.stack import of_running
from shared.kernel.clock import OFFSET_VARIABLE, SystemClock
from tests.bench.whole import Load
from tests.mishaps.test_restore import nothing_waits, rows
from tests.support.another import another
from tests.support.eventually import eventually

HOUR = 3600
COMPLAINTS = 4


async def http_get(url: str) -> Any:
    async with httpx2.AsyncClient(trust_env=False) as http:
        return (await http.get(url)).json()


@pytest.mark.chaos
async def test_services_whose_clocks_are_an_hour_ahead_and_behind(stack: Stack) -> None:
    """Requests are answered an hour late; a second worker of each service is an hour early."""
    behind = {OFFSET_VARIABLE: str(-HOUR)}
    ahead = {OFFSET_VARIABLE: str(HOUR), "REDRESS_ROLE": "worker"}
    async with httpx2.AsyncClient(trust_env=False) as http:
        load = Load(of_running(stack), http)
        await load.prepare()
        began = SystemClock().now().isoformat()
        with ExitStack() as workers:
            try:
                await asyncio.gather(*(asyncio.to_thread(stack.part(name).restart, behind) for name in SERVICES))
                for name in SERVICES:
                    await asyncio.to_thread(workers.enter_context, another(stack, name, **ahead))
                await asyncio.gather(*(load.complaint() for _ in range(COMPLAINTS)))
                assert load.failed == []
                for name in SERVICES:
                    await eventually(partial(nothing_waits, stack, name))
                await load.running.all_read()
            finally:
                await asyncio.gather(*(asyncio.to_thread(stack.part(name).restart, {}) for name in SERVICES))
        await load.running.all_read()

    async def of_ours(sql: str) -> list[tuple[object, ...]]:
        return await rows(stack, sql, load.organisations)

    async def nothing_to_send() -> bool:
        return (
            await of_ours(
                "SELECT FROM notify.message WHERE org_id = ANY($1::uuid[]) AND state IN ('queued', 'sending')"
            )
            == []
        )

    await eventually(nothing_to_send)
    paid = "SELECT count(*), count(DISTINCT case_id) FROM settlement.ledger_entry WHERE org_id = ANY($1::uuid[])"
    assert await of_ours(paid) == [(COMPLAINTS, COMPLAINTS)]
    mails = (await http_get(f"{load.running.mail_sink}/messages"))["messages"]
    sent = "SELECT count(*) FROM notify.message WHERE org_id = ANY($1::uuid[]) AND channel = 'email' AND state = 'sent'"
    [(count,)] = await of_ours(sent)
    ids = [mail["headers"]["Message-ID"] for mail in mails if mail["received_at"] >= began]
    assert len(ids) == len(set(ids)) == count
    too_early = """
        SELECT type FROM sla.outbox_archive
        WHERE org_id = ANY($1::uuid[]) AND type IN ('clock.warned.v1', 'clock.breached.v1')
    """
    assert await of_ours(too_early) == []
    for name in SERVICES:
        assert await of_ours(f"SELECT FROM {name}.parked_key WHERE org_id = ANY($1::uuid[])") == []
