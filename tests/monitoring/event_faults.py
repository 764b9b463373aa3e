"""Faults of events: what cannot be handled, a broker that is away, a transaction that holds a service up."""

import asyncio
import re
from typing import Final

from operate.runbooks import looks
from operate.scenarios import quiescence
from operate.scenarios.organisation import create_organisation, publish
from operate.scenarios.session import Session, caught_up
from operate.scenarios.stack import of_running
from shared.packs.publishing.load import load_pack
from tests.monitoring.watched import Watched
from tests.support.chaos_organisation import a_session, register, take_step
from tests.support.eventually import eventually

WAITS: Final = """
BEGIN; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; LOCK TABLE sla.clock IN EXCLUSIVE MODE; COMMIT
"""
"""What a session that is held up does; those of the services give up after two seconds, and try again."""
POISON: Final = """
CREATE FUNCTION sla.poisoned() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RAISE EXCEPTION 'planted fault'; END $$;
CREATE TRIGGER poisoned BEFORE INSERT ON sla.clock FOR EACH ROW WHEN (NEW.case_id = ANY ('{{{cases}}}'))
  EXECUTE FUNCTION sla.poisoned();
"""
SLOW: Final = """
CREATE FUNCTION sla.slow() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END $$;
CREATE TRIGGER slow BEFORE INSERT ON sla.clock FOR EACH ROW WHEN (NEW.org_id = '{org}') EXECUTE FUNCTION sla.slow();
"""
SLOW_CASES: Final = 12
SLOW_SECONDS: Final = 0.4
"""Of a clock; a case starts two."""
MEND: Final = """
DROP TRIGGER IF EXISTS poisoned ON sla.clock; DROP FUNCTION IF EXISTS sla.poisoned();
DROP TRIGGER IF EXISTS slow ON sla.clock; DROP FUNCTION IF EXISTS sla.slow();
"""
ANALYSED: Final = {"in_scope": True, "needs_visit": True, "opinion": "属异议范围"}


async def poison_events(watched: Watched) -> None:
    """Three cases cannot be handled: one is put back by its key, one by its organisation, one is given up."""
    first, second = await a_session(watched.stack, watched.http), await a_session(watched.stack, watched.http)
    of_first = [(await register(first, f"poisoned {number}")).body["case_id"] for number in range(2)]
    given_up = (await register(second, "poisoned")).body["case_id"]
    await asyncio.gather(quiescence.settle(first), quiescence.settle(second))
    async with watched.database() as database:
        await database.execute(POISON.format(cases=",".join((*of_first, given_up))))
        try:
            for session, case_id in ((first, of_first[0]), (first, of_first[1]), (second, given_up)):
                await take_step(session, case_id, "analyse", **ANALYSED)
            await watched.fires("RedressDeadLetters", "RedressKeyParked")
            letter = await database.fetchval(
                "SELECT dead_letter_id::text FROM sla.dead_letter WHERE key = $1", given_up
            )
            variables = {"SERVICE": "sla", "LETTER": letter, "KEY": of_first[0], "ORG": first.organisation}
            looked = await watched.look("RedressDeadLetters", **variables)
            assert all(case_id in looked[0].output for case_id in (*of_first, given_up))
            assert "case.step_completed" in looked[1].output or "header ce_type" in looked[1].output
            await watched.look("RedressKeyParked", **variables)
        finally:
            await database.execute(MEND)
    preview, put_back, put_back_all, discarded, _ = await watched.do("RedressDeadLetters", **variables)
    assert re.match(r"would replay [1-9]\d* events of [1-9] keys\n", preview.output), preview.output
    assert put_back.output.endswith("done\n")
    assert put_back_all.output.endswith("done\n")
    assert discarded.output == f"discarded {letter}\n"
    await watched.do("RedressKeyParked", **variables)
    await asyncio.gather(quiescence.settle(first), quiescence.settle(second))
    started = [await clocks_of(first, case_id) for case_id in of_first]
    assert started[0] == started[1] != []
    assert await clocks_of(second, given_up) == []
    await watched.ends("RedressDeadLetters", "RedressKeyParked")
    printed = await watched.over("RedressDeadLetters", **variables)
    assert "dead-letter.discard" in "".join(printed.values())
    [listed] = await watched.commands.each([looks.LETTERS], **variables)
    assert listed.output == "0 open dead letters, 0 parked keys\n"
    await watched.over("RedressKeyParked", **variables)


async def clocks_of(session: Session, case_id: str) -> list[str]:
    """The names of a case's clocks."""
    return sorted(
        item["clock"] for item in (await session.operate("sla", "GET", f"/v1/cases/{case_id}/clocks"))["items"]
    )


async def kafka_away(watched: Watched) -> None:
    """Requests are answered, and nothing is published until the broker is back."""
    session = await a_session(watched.stack, watched.http)
    await asyncio.to_thread(watched.stack.kafka.kill)
    try:
        assert (await register(session, "kafka-away")).status == 201
        await watched.fires("RedressOutboxOld")
        await watched.look("RedressOutboxOld", SERVICE="intake")
    finally:
        await asyncio.to_thread(watched.stack.kafka.start)
    await quiescence.settle(session)
    await watched.ends("RedressOutboxOld")
    await watched.over("RedressOutboxOld", SERVICE="intake")


async def a_transaction_left_open(watched: Watched) -> None:
    """A person with sla's login holds a table that events and timers need, until the runbook's command ends the session."""
    simulated = await a_session(watched.stack, watched.http)
    real = Session(of_running(watched.stack), watched.http, organisation="", zone=simulated.zone)
    real.organisation = await create_organisation(real, "real time", None)
    await publish(real, load_pack("laigang").documents, effective_from=None)
    timed = (await caught_up(lambda: register(real, "timed"))).body["case_id"]
    await take_step(real, timed, "analyse", **ANALYSED)
    waiting = (await register(simulated, "waits")).body["case_id"]

    async def has_clocks() -> bool:
        return bool(await clocks_of(real, timed))

    await eventually(has_clocks)
    await quiescence.settle(simulated)
    async with watched.database() as database, watched.database("sla") as forgotten, watched.database("sla") as held_up:
        pid = await forgotten.fetchval("SELECT pg_backend_pid()")
        await forgotten.execute("SET idle_in_transaction_session_timeout = 0")
        await forgotten.execute("BEGIN; LOCK TABLE sla.clock IN EXCLUSIVE MODE")
        due = "UPDATE sla.timer SET due_at = now() WHERE org_id = $1 AND state = 'open'"
        assert await database.execute(due, real.organisation) != "UPDATE 0"
        await take_step(simulated, waiting, "analyse", **ANALYSED)
        await watched.fires("RedressTransactionOld", "RedressTimersLate")
        variables = {"SERVICE": "sla", "PID": str(pid)}
        await watched.look("RedressTimersLate", **variables)
        waits = asyncio.ensure_future(held_up.execute(WAITS))
        sessions, blockers = await watched.look("RedressTransactionOld", **variables)
        assert f" {pid} " in sessions.output
        assert f" {pid} " in blockers.output
        await watched.do("RedressTransactionOld", **variables)
        await waits
    await quiescence.settle(simulated)
    assert await clocks_of(simulated, waiting)

    async def fired() -> bool:
        async with watched.database() as database:
            left = "SELECT count(*) FROM sla.timer WHERE org_id = $1 AND state = 'open' AND due_at <= now()"
            return bool(await database.fetchval(left, real.organisation) == 0)

    await eventually(fired)
    await watched.ends("RedressTransactionOld", "RedressTimersLate")
    await watched.over("RedressTransactionOld", **variables)
    await watched.over("RedressTimersLate", **variables)


async def slow_handling(watched: Watched) -> None:
    """sla takes most of a second for each case while many come at once."""
    session = await a_session(watched.stack, watched.http)
    cases = [(await register(session, f"slow {number}")).body["case_id"] for number in range(SLOW_CASES)]
    await quiescence.settle(session)
    async with watched.database() as database:
        await database.execute(SLOW.format(seconds=SLOW_SECONDS, org=session.organisation))
        try:
            await asyncio.gather(*(take_step(session, case_id, "analyse", **ANALYSED) for case_id in cases))
            await watched.fires("RedressConsumerBehind")
            _, handled, *_ = await watched.look("RedressConsumerBehind", SERVICE="sla")
            assert 'service="sla"' in handled.output
        finally:
            await database.execute(MEND)
    await quiescence.settle(session)
    await watched.ends("RedressConsumerBehind")
    await watched.over("RedressConsumerBehind", SERVICE="sla")
