"""A case that becomes one of another type, on a real PostgreSQL: its clocks, their alarms, and both statistics."""

from typing import Any

from sqlalchemy import select

from services.sla.cases.store import CASE_VIEW
from shared.platform.db.transaction import reading
from tests.integration.sla.conftest import Sla
from tests.integration.sla.test_clocks_follow_cases import cst_of
from tests.support.calendars import cst


async def groups(sla: Sla, indicator: str, period: str) -> dict[str, int]:
    found = (await sla.get(f"/v1/indicators/{indicator}", pack="small", period=period)).json()
    return {group["group"]: group["cases"] for group in found["groups"]}


async def a_changed_case(sla: Sla, *, at: str) -> str:
    await sla.organisation(now="2026-03-30T09:00", pack="typed")
    case_id = await sla.register(at="2026-03-30T09:00", case_type="suggestion")
    await sla.clock_to(at)
    await sla.step(case_id, "complaint.raised", at=at, becomes="quality_objection")
    return case_id


async def test_the_former_clock_is_superseded_and_the_new_one_starts_at_the_change(sla: Sla) -> None:
    case_id = await a_changed_case(sla, at="2026-04-01T10:00")

    clocks: dict[str, Any] = await sla.clocks(case_id)
    assert (clocks["reply"]["state"], clocks["reply"]["stopped_by"]) == ("cancelled", "superseded")
    assert cst_of(clocks["reply"]["stopped_at"]) == cst("2026-04-01T10:00")
    assert cst_of(clocks["handle"]["started_at"]) == cst("2026-04-01T10:00")
    assert cst_of(clocks["handle"]["due_at"]) == cst("2026-04-05T00:00")  # at 24:00 of the third day, 4 April
    assert await sla.kinds(case_id) == ["reply clock.started", "reply clock.cancelled", "handle clock.started"]


async def test_no_alarm_of_a_superseded_clock_fires(sla: Sla) -> None:
    case_id = await a_changed_case(sla, at="2026-04-01T10:00")
    await sla.step(case_id, "case.closed", at="2026-04-02T10:00")
    await sla.clock_to("2026-05-01T00:00")

    assert await sla.kinds(case_id) == [
        "reply clock.started", "reply clock.cancelled", "handle clock.started", "handle clock.stopped"
    ]  # fmt: skip


async def test_a_breach_of_the_former_clock_stands(sla: Sla) -> None:
    case_id = await a_changed_case(sla, at="2026-04-10T00:00:01")  # due on 9 April at 24:00

    assert "reply clock.breached" in await sla.kinds(case_id)
    assert (await sla.clocks(case_id))["reply"]["state"] == "cancelled"


async def test_the_case_is_counted_once_as_each(sla: Sla) -> None:
    case_id = await a_changed_case(sla, at="2026-04-01T10:00")
    await sla.step(case_id, "case.closed", at="2026-04-02T10:00")

    assert await groups(sla, "by_type", "2026-03") == {"suggestion": 1}
    assert await groups(sla, "by_type", "2026-04") == {}
    assert await groups(sla, "raised", "2026-04") == {"quality_objection": 1}


async def test_the_former_types_are_kept_with_their_place_among_the_milestones(sla: Sla) -> None:
    case_id = await a_changed_case(sla, at="2026-04-01T10:00")
    async with reading(sla.db) as tx:
        row = (await tx.execute(select(CASE_VIEW).where(CASE_VIEW.c.case_id == case_id))).one()

    assert row.case_type == "quality_objection"
    assert row.former_types == [["suggestion", "2026-04-01T02:00:00+00:00", 2]]
    assert {name: seq for name, (_, seq) in row.milestones.items()} == {"case.registered": 1, "complaint.raised": 3}


async def test_events_from_before_the_field_change_nothing(sla: Sla) -> None:
    await sla.organisation(now="2026-03-30T09:00", pack="typed")
    case_id = await sla.register(at="2026-03-30T09:00", case_type="suggestion")
    await sla.step(case_id, at="2026-03-31T09:00", kind="x")

    assert set(await sla.clocks(case_id)) == {"reply"}
    assert (await sla.clocks(case_id))["reply"]["state"] == "running"
