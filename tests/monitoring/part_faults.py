"""Faults of parts: a process that is gone, a database that is away, a mail server that refuses, limits that are missed."""

import asyncio
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from operate.scenarios import quiescence
from operate.scenarios.run import run_file
from operate.scenarios.session import OPERATOR_SCOPES, Session, TokenRequest
from operate.scenarios.stack import of_running
from shared.packs.publishing.load import ROOT
from tests.monitoring.event_faults import ANALYSED
from tests.monitoring.watched import Watched
from tests.support.chaos_organisation import START, a_session, register, take_step

MANY: Final = 8
ZONE: Final = ZoneInfo("Asia/Shanghai")


async def many_breaches(watched: Watched) -> Session:
    """The limits of several cases pass at once. The alert is awaited, and its end is left to the caller."""
    session = await a_session(watched.stack, watched.http)
    cases = [(await register(session, f"late {number}")).body["case_id"] for number in range(MANY)]
    for case_id in cases:
        await take_step(session, case_id, "analyse", **ANALYSED)
    due = await quiescence.settle(session)
    await quiescence.advance(session, START + timedelta(days=10), now=START, due=due)
    await watched.fires("RedressBreachesRising")
    overdue, by_rule, _ = await watched.look("RedressBreachesRising", TOKEN=session.operator_token())
    assert overdue.output.count("\n") >= MANY
    assert "LG-35" in by_rule.output
    return session


async def mail_refused(watched: Watched) -> None:
    """The mail server refuses every message for a while; one that a person has to deliver is recorded."""
    session = await a_session(watched.stack, watched.http)
    await _mail_fault(session, times=1_000)
    try:
        await asyncio.gather(*(register(session, f"refused {number}") for number in range(MANY)))
        await watched.fires("RedressMessagesFailing")
        here = {"TOKEN": session.operator_token()}
        results, reasons, *_ = await watched.look("RedressMessagesFailing", **here)
        assert 'result="temporary"' in results.output
        assert " 451 " in reasons.output
    finally:
        await _mail_fault(session, times=0)
    await _done_by_hand(watched)
    await watched.ends("RedressMessagesFailing")
    await watched.over("RedressMessagesFailing", **here)


async def _done_by_hand(watched: Watched) -> None:
    """A message that waits for a person is recorded as delivered, by the role that delivers it."""
    outcome = await run_file(ROOT / "tobacco" / "scenarios" / "out_of_scope_fax.yaml", of_running(watched.stack))
    session = Session(of_running(watched.stack), watched.http, organisation=outcome.organisation, zone=ZONE)
    waiting = await session.operate("notify", "GET", "/v1/messages", params={"state": "to_do"})
    [message] = waiting["items"]
    role = str(message["handled_by"]).removeprefix("role:")
    request = TokenRequest(organisation=outcome.organisation, subject="li", roles=(role,), scope=OPERATOR_SCOPES)
    done = await watched.do("RedressMessagesFailing", MESSAGE=message["message_id"], TOKEN=session.token(request))
    assert '"state":"sent"' in done[0].output


async def _mail_fault(session: Session, *, times: int) -> None:
    body = {"recipient": "*", "times": times, "kind": "refuse"}
    await session.sink(f"{session.stack.mail_sink}/faults", json=body)


async def a_process_gone(watched: Watched) -> None:
    """One process is killed and started again."""
    process = watched.stack.part("notify")
    await asyncio.to_thread(process.kill)
    try:
        await watched.fires("RedressProcessDown")
        processes, _, status = await watched.look("RedressProcessDown", SERVICE="notify")
        assert processes.output.count("=> 0 @") == 1
        assert "notify      down" in status.output
    finally:
        await asyncio.to_thread(process.start)
    await watched.ends("RedressProcessDown")


async def postgres_away(watched: Watched) -> None:
    """Every request is answered 503 until the database is back. The alert's end is left to the caller."""
    session = await a_session(watched.stack, watched.http)
    await asyncio.to_thread(watched.stack.postgres.kill)
    asked = asyncio.create_task(_ask(session))
    try:
        await watched.fires("RedressApiErrors")
    finally:
        asked.cancel()
        await asyncio.to_thread(watched.stack.postgres.start)
    _, failed, _ = await watched.look("RedressApiErrors", SERVICE="intake")
    assert "database_unavailable" in failed.output
    await quiescence.settle(session)


async def _ask(session: Session) -> None:
    number = 0
    while True:
        number += 1
        await register(session, f"postgres away {number}")
