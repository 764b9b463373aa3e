"""Clocks are counted by case type, status and due instant, each by its organisation's clock; extensions by state."""

from sqlalchemy import text

from services.sla.clocks import jobs, metrics
from services.sla.clocks.store import due
from services.sla.extensions import jobs as extension_jobs
from services.sla.extensions import metrics as of_extensions
from shared.platform.db.transaction import reading
from tests.integration.sla.conftest import Sla
from tests.integration.sla.test_lists import SEED
from tests.support.eventually import eventually
from tests.support.samples import take, values


async def test_an_empty_schema_has_every_status_and_state_at_zero(sla: Sla) -> None:
    await take(sla.db, (*jobs.SAMPLES, *extension_jobs.SAMPLES))
    assert values(metrics.CLOCKS) == {("undated",): 0, ("running",): 0, ("paused",): 0}
    assert values(metrics.CLOCKS_DUE) == {}
    assert set(values(of_extensions.EXTENSIONS)) == {("pending",), ("granted",), ("rejected",), ("lapsed",)}
    assert set(values(of_extensions.EXTENSIONS).values()) == {0}
    assert values(metrics.TIMER_OVERDUE) == {(): 0}
    assert set(values(metrics.BREACHES)) == {("breach",), ("warning",)}


async def counted(sla: Sla, at: str) -> dict[tuple[str, ...], float]:
    """By span, at an instant of the organisation; its one clock is due at 2026-03-16T17:00 there."""
    await sla.clock_to(at)
    await take(sla.db, jobs.SAMPLES)
    return {key: number for key, number in values(metrics.CLOCKS_DUE).items() if number}


async def test_a_clock_comes_nearer_on_its_organisations_clock_and_breaches(sla: Sla) -> None:
    await sla.organisation()
    case_id = await sla.accepted()
    assert list(await sla.clocks(case_id)) == ["cycle"]
    kind = "quality_objection"
    assert await counted(sla, "2026-03-15T16:59") == {(kind, "later"): 1}
    assert await counted(sla, "2026-03-15T17:00") == {(kind, "day"): 1}
    assert await counted(sla, "2026-03-16T15:59") == {(kind, "day"): 1}
    assert await counted(sla, "2026-03-16T16:00") == {(kind, "hour"): 1}
    assert values(metrics.CLOCKS) == {("undated",): 0, ("running",): 1, ("paused",): 0}
    before = values(metrics.BREACHES)["breach",]
    assert await counted(sla, "2026-03-16T17:01") == {(kind, "overdue"): 1}
    assert values(metrics.BREACHES)["breach",] == before + 1


async def all_visible(sla: Sla) -> bool:
    """Whether VACUUM marks every page as visible to all, which it cannot while another transaction looks at them."""
    async with sla.db.engine.connect() as conn:
        await conn.execute(text("VACUUM sla.case_view, sla.clock"))
        left = "SELECT sum(relpages - relallvisible) FROM pg_class WHERE oid IN ('sla.case_view'::regclass, 'sla.clock'::regclass)"
        return bool((await conn.execute(text(left))).scalar_one() == 0)


async def test_counting_reads_indexes_alone_and_of_the_cases_only_those_with_an_open_clock(sla: Sla) -> None:
    await sla.organisation()
    async with sla.db.engine.begin() as conn:
        for statement in SEED:
            await conn.execute(text(statement), {"org": sla.org} if ":org" in statement else {})
    await eventually(lambda: all_visible(sla))
    async with reading(sla.db) as tx:
        found = await due.count_open(tx)
        await tx.rows("SET enable_seqscan = off")
        plan = "\n".join(line for (line,) in await tx.rows(f"EXPLAIN {due._COUNT}"))
        await tx.rows("RESET enable_seqscan")
    assert sum(each.clocks for each in found) == 400
    assert "Index Only Scan using uq_clock_open" in plan
    looked_up = plan.partition("SubPlan")[2]
    assert "Index Only Scan using ix_case_view_case_type" in looked_up
    assert "Index Cond: ((org_id = k.org_id) AND (case_id = k.case_id))" in looked_up
