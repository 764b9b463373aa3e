"""The database is restored from a dump that is older than Kafka: whole, and one schema alone."""

from datetime import datetime
from pathlib import Path

import asyncpg
import pytest

from operate.runtime.databases import DATABASE, SERVICES, with_database
from operate.runtime.embedded import admin_url
from operate.runtime.stack import Stack
from operate.scenarios import quiescence
from operate.scenarios.session import Session
from tests.mishaps.installation import (
    anew,
    back_up,
    faults,
    recover,
    restore,
    restore_schema,
    start_services,
    stop_services,
)
from tests.support.chaos_organisation import register, take_step
from tests.support.eventually import eventually

ANALYSED = {"in_scope": True, "needs_visit": True, "opinion": "属异议范围"}


async def rows(stack: Stack, sql: str, *given: object) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(with_database(admin_url(stack), DATABASE))
    try:
        return [tuple(row) for row in await connection.fetch(sql, *given)]
    finally:
        await connection.close()


async def registered(session: Session, key: str) -> str:
    answer = await register(session, key)
    assert answer.status == 201, answer.body
    case_id: str = answer.body["case_id"]
    return case_id


async def analysed(session: Session, case_id: str) -> None:
    answer = await take_step(session, case_id, "analyse", **ANALYSED)
    assert answer.status == 200, answer.body


async def clocks(session: Session, case_id: str) -> list[tuple[str, str, datetime]]:
    found = await session.operate("sla", "GET", f"/v1/cases/{case_id}/clocks")
    return sorted((item["clock"], item["state"], item["due_at"]) for item in found["items"])


async def nothing_waits(stack: Stack, service: str) -> bool:
    return await rows(stack, f"SELECT FROM {service}.outbox") == []


@pytest.mark.chaos
async def test_a_database_that_was_restored_and_kafka_are_brought_together(
    stack: Stack, session: Session, tmp_path: Path
) -> None:
    """After the dump: sla hears of a case that was in the dump's archive, another case is made, and a known one goes on."""
    known = await registered(session, "known")
    await quiescence.settle(session)
    stack.part("sla").stop()
    unread = await registered(session, "unread")
    await eventually(lambda: nothing_waits(stack, "intake"))
    await back_up(stack, tmp_path / "dump")
    stack.part("sla").start()
    lost = await registered(session, "lost")
    await analysed(session, known)
    await quiescence.settle(session)
    before = await clocks(session, known)
    assert len(before) == 2
    await stop_services(stack)
    await restore(stack, tmp_path / "dump")

    ahead = await faults(stack, "events.agreement")
    assert "redress.intake.v1 holds" in ahead["intake"]
    assert "sla.cases has not seen" in ahead["sla"]
    code, said = await recover(stack, "--dry-run")
    assert code == 1
    assert f"lost: case.registered.v1 case/{lost}@1" in said
    assert "sla.cases: goes back to redress.intake.v1/" in said
    code, said = await recover(stack)
    assert code == 0, said
    assert await faults(stack, "events.agreement") == {}
    await start_services(stack)

    later = anew(stack, session)
    await quiescence.settle(later)
    for service in SERVICES[1:]:
        assert await rows(stack, f"SELECT FROM {service}.case_view WHERE case_id = $1", lost) == []
    for case_id in (known, unread):
        await analysed(later, case_id)
    await quiescence.settle(later)
    assert await clocks(later, known) == before
    assert len(await clocks(later, unread)) == 2
    code, said = await recover(stack, "--dry-run")
    assert (code, said.strip()) == (0, "Kafka and the databases know of the same events.")


@pytest.mark.chaos
async def test_a_schema_that_was_restored_alone_reads_again_what_it_lost(
    stack: Stack, session: Session, tmp_path: Path
) -> None:
    """Its neighbours have handled what it published and lost; they take what it publishes anew under the same versions."""
    case_id = await registered(session, "alone")
    await analysed(session, case_id)
    await quiescence.settle(session)
    await back_up(stack, tmp_path / "dump")
    await take_step(session, case_id, "confirm_origin", origin="confirmed")
    staff = {"staff": "wang", "planned_at": "2026-03-06T09:00:00+08:00"}
    answer = await take_step(session, case_id, "dispatch_visit", **staff)
    assert answer.status == 200, answer.body
    await quiescence.settle(session)
    before = await clocks(session, case_id)
    assert [(clock, state) for clock, state, _ in before if clock == "departure"] == [("departure", "met")]
    await stop_services(stack)
    await restore_schema(stack, tmp_path / "dump", "sla")

    code, said = await recover(stack)
    assert code == 0, said
    [named] = [line for line in said.splitlines() if "lost: clock.stopped.v1" in line]
    assert "handled by intake.cases, settlement.cases, notify.cases" in named
    assert "sla.cases: goes back to redress.intake.v1/" in said
    await start_services(stack)

    later = anew(stack, session)

    async def is_as_before() -> bool:
        return await clocks(later, case_id) == before

    await eventually(is_as_before)
    stopped = (
        "SELECT id::text FROM sla.outbox_archive WHERE key = $1 AND type = 'clock.stopped.v1' AND replay_of IS NULL"
    )

    async def is_published() -> bool:
        return bool(await rows(stack, stopped, case_id))

    await eventually(is_published)
    [(again,)] = await rows(stack, stopped, case_id)
    seen = "SELECT outcome FROM intake.inbox WHERE event_id = $1::uuid"

    async def is_seen() -> bool:
        return bool(await rows(stack, seen, again))

    await eventually(is_seen)
    assert await rows(stack, seen, again) == [("handled",)]
