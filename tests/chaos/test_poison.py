"""An event that a service cannot handle parks its case; the others go on; an operator's replay mends it.

The fault is planted where no handler can help it: a trigger refuses one case's clocks, as a bug would.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import httpx2
import pytest
from sqlalchemy import make_url

from operate.runtime.embedded import admin_url, database_url
from operate.runtime.stack import Stack
from operate.scenarios import quiescence
from operate.scenarios.session import Session
from operate.scenarios.stack import of_running
from tests.support.chaos_organisation import a_session, register, take_step
from tests.support.eventually import eventually

PLANT = """
CREATE FUNCTION sla.planted() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'planted bug'; END $$;
CREATE TRIGGER planted BEFORE INSERT ON sla.clock FOR EACH ROW WHEN (NEW.case_id = '{case_id}')
  EXECUTE FUNCTION sla.planted();
"""
MEND = "DROP TRIGGER IF EXISTS planted ON sla.clock; DROP FUNCTION IF EXISTS sla.planted();"


@asynccontextmanager
async def administrator(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    service = make_url(database_url(stack, "sla"))
    url = make_url(admin_url(stack)).set(database=service.database)
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        yield connection
    finally:
        await connection.execute(MEND)  # the stack is shared: a failure leaves no fault for the tests after it
        await connection.close()


async def redress(stack: Stack, *arguments: str) -> tuple[int, str]:
    """The operator's command, as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "operate.cli",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "REDRESS_DATABASE_URL": database_url(stack, "sla")},
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


@pytest.mark.chaos
async def test_a_poison_event_parks_its_case_until_it_is_replayed(stack: Stack) -> None:
    async with httpx2.AsyncClient(trust_env=False) as http, administrator(stack) as database:
        session = await a_session(stack, http)
        poisoned = (await register(session, "poisoned")).body["case_id"]
        healthy = (await register(session, "healthy")).body["case_id"]
        await quiescence.settle(session)
        await database.execute(PLANT.format(case_id=poisoned))
        for case_id in (poisoned, healthy):
            answer = await take_step(session, case_id, "analyse", in_scope=True, needs_visit=True, opinion="属异议范围")
            assert answer.status == 200
            await take_step(session, case_id, "confirm_origin", origin="confirmed")

        # A caller without positions: sla cannot catch up with what is parked, and says so to the caller of the step.
        onlooker = Session(of_running(stack), http, organisation=session.organisation, zone=session.zone)

        async def parked() -> bool:
            look = await onlooker.operate("sla", "GET", "/v1/quiescence")
            return bool(look["parked"]) and bool(look["dead_letters"])

        async def healthy_went_on() -> bool:
            return bool((await onlooker.operate("sla", "GET", f"/v1/cases/{healthy}/clocks"))["items"])

        await eventually(parked)
        await eventually(healthy_went_on)
        assert (await onlooker.operate("sla", "GET", f"/v1/cases/{poisoned}/clocks"))["items"] == []

        code, listed = await redress(stack, "dead-letter", "list", "--service", "sla", "--org", session.organisation)
        assert code == 0
        assert poisoned in listed
        assert healthy not in listed

        await database.execute(MEND)
        code, said = await redress(stack, "dead-letter", "replay", "--service", "sla", "--key", poisoned)
        assert code == 0, said

        await quiescence.settle(session)
        clocks = {
            case_id: [
                (item["clock"], item["state"], item["due_at"])
                for item in (await session.operate("sla", "GET", f"/v1/cases/{case_id}/clocks"))["items"]
            ]
            for case_id in (poisoned, healthy)
        }
        assert clocks[poisoned] == clocks[healthy]
        assert len(clocks[healthy]) == 2
