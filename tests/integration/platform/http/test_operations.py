"""Health, readiness and quiescence."""

from datetime import datetime
from typing import Any

import httpx2
import pytest
from sqlalchemy import insert, select, text

from shared.kernel.ids import OrgId, new_id
from shared.platform.db.engine import connect
from shared.platform.db.transaction import Transaction
from shared.platform.progress import Progress


async def test_live_follows_loop_progress_only(toy: Any) -> None:
    assert (await toy.client.get("/health/live")).json() == {"status": "ok", "reasons": {}}
    now = [0.0]
    toy.app.state.progress = Progress(monotonic=lambda: now[0])
    toy.app.state.progress.beat("relay", has_work=True)
    now[0] = 60.0
    assert (await toy.client.get("/health/live")).status_code == 200
    now[0] = 60.1
    stalled = await toy.client.get("/health/live")
    assert stalled.status_code == 503
    assert list(stalled.json()["reasons"]) == ["relay"]


async def test_ready_needs_the_database(toy: Any) -> None:
    toy.app.state.db = connect(
        "postgresql://nobody:x@127.0.0.1:1/none", kernel=toy.db.kernel, pool_size=1, application_name="toy"
    )
    response = await toy.client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["reasons"] == {"database": "database_unavailable"}
    await toy.app.state.db.dispose()


@pytest.fixture
def two_revisions(toy: Any) -> None:
    toy.app.state.schema_head.__dict__["_behind"] = frozenset({"0001_kernel"})


async def test_ready_needs_the_schema_and_remembers_it(toy: Any, two_revisions: None) -> None:
    behind = await toy.client.get("/health/ready")
    assert (behind.status_code, behind.json()["reasons"]) == (503, {"schema": "migrations are pending"})
    async with toy.db.engine.begin() as conn:
        await conn.execute(text("UPDATE toy.alembic_version SET version_num = '0002_newer_than_we_know'"))
    assert (await toy.client.get("/health/ready")).status_code == 200
    async with toy.db.engine.begin() as conn:
        await conn.execute(text("UPDATE toy.alembic_version SET version_num = '0001_kernel'"))
    assert (await toy.client.get("/health/ready")).status_code == 200


@pytest.mark.parametrize(("role", "status", "word"), [("worker", 503, "failing"), ("all", 200, "degraded")])
async def test_ready_tells_when_a_consumer_has_given_up(toy: Any, role: str, status: int, word: str) -> None:
    app = toy.other_app(role=role)
    app.state.schema_head.reached = True
    app.state.progress.watch("sla.cases", lambda: "20 events in a row")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://toy") as client:
        response = await client.get("/health/ready")
        assert (response.status_code, response.json()) == (
            status,
            {"status": word, "reasons": {"sla.cases": "20 events in a row"}},
        )
        assert (await client.get("/health/live")).status_code == 200


async def test_a_draining_process_is_not_ready_but_alive(toy: Any) -> None:
    toy.app.state.draining = True
    assert (await toy.client.get("/health/ready")).json()["reasons"] == {"process": "draining"}
    assert (await toy.client.get("/health/live")).status_code == 200


def event(org: str, topic: str) -> dict[str, Any]:
    return {
        "id": new_id(), "aggregatetype": "case", "aggregateid": "c", "type": "t", "topic": topic, "payload": "{}",
        "aggregate_version": 1, "org_id": org, "key": "c", "correlation_id": "c", "shard": 0,
        "occurred_at": text("now()"),
    }  # fmt: skip


async def test_quiescence_counts_the_callers_organisation_only(toy: Any) -> None:
    kernel = toy.db.kernel
    async with toy.db.engine.begin() as conn:
        for org in (toy.simulated_org, toy.org):
            await conn.execute(insert(kernel.outbox).values(event(org, "redress.intake.v1")))
            for seq in range(3):
                await conn.execute(insert(kernel.outbox_archive).values(event(org, "redress.intake.v1") | {"seq": seq}))
            await conn.execute(
                insert(kernel.inbox).values(consumer="x", event_id=new_id(), org_id=org, topic="redress.intake.v1")
            )
    response = await toy.client.get("/v1/quiescence", headers=toy.headers(org=toy.simulated_org))
    assert response.json() == {
        "outbox": 1,
        "published": {"redress.intake.v1": 3},
        "handled": {"redress.intake.v1": 1, "redress.registry.v1": 0},
        "parked": 0,
        "dead_letters": 0,
        "work": {"timers": 2},
        "next_due_at": "2026-03-02T02:00:00Z",
    }


async def test_quiescence_is_of_one_instant(toy: Any) -> None:
    """Between counting due work and counting handled events, news arrives that makes something due."""
    kernel = toy.db.kernel

    async def moved_meanwhile(_tx: Transaction, org: OrgId, _now: datetime) -> tuple[dict[str, int], datetime | None]:
        async with toy.db.engine.begin() as conn:
            await conn.execute(
                insert(kernel.inbox).values(consumer="x", event_id=new_id(), org_id=org, topic="redress.registry.v1")
            )
        return {"timers": 0}, None

    toy.app.state.pending = moved_meanwhile
    response = await toy.client.get("/v1/quiescence", headers=toy.headers(org=toy.simulated_org))
    assert response.json()["handled"] == {"redress.intake.v1": 0, "redress.registry.v1": 0}
    again = await toy.client.get("/v1/quiescence", headers=toy.headers(org=toy.simulated_org))
    assert again.json()["handled"] == {"redress.intake.v1": 0, "redress.registry.v1": 1}


async def test_quiescence_is_for_simulated_organisations(toy: Any) -> None:
    real = await toy.client.get("/v1/quiescence", headers=toy.headers())
    assert (real.status_code, real.json()["code"]) == (403, "organisation_not_simulated")
    unknown = await toy.client.get("/v1/quiescence", headers=toy.headers(org=new_id()))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "organisation_unknown")
    assert (await toy.client.get("/v1/quiescence")).status_code == 401


async def test_events_of_the_callers_organisation_are_published_again(toy: Any) -> None:
    kernel = toy.db.kernel
    async with toy.db.engine.begin() as conn:
        for org in (toy.simulated_org, toy.org):
            for seq, topic in enumerate(("redress.intake.v1", "redress.intake.v1", "redress.sla.v1")):
                await conn.execute(insert(kernel.outbox_archive).values(event(org, topic) | {"seq": seq}))
    headers = toy.headers(org=toy.simulated_org, scope="admin") | {"Idempotency-Key": "again"}

    first, repeated = [
        await toy.client.post("/v1/outbox/replay", headers=headers, json={"topic": "redress.intake.v1"}) for _ in "12"
    ]

    assert (first.status_code, first.json()) == (202, {"events": 2})
    assert (repeated.status_code, repeated.json()) == (202, {"events": 2})
    async with toy.db.engine.begin() as conn:
        again = (
            await conn.execute(select(kernel.outbox.c.org_id, kernel.outbox.c.topic, kernel.outbox.c.replay_of))
        ).all()
        audits = (await conn.execute(select(kernel.operator_audit.c.action, kernel.operator_audit.c.details))).all()
    assert [(str(org), topic) for org, topic, _ in again] == [(toy.simulated_org, "redress.intake.v1")] * 2
    assert None not in [replay_of for *_, replay_of in again]
    assert [tuple(audit) for audit in audits] == [("outbox.replay", {"topic": "redress.intake.v1"})]


async def test_only_an_operator_publishes_events_again(toy: Any) -> None:
    headers = toy.headers(org=toy.simulated_org, scope="cases:read") | {"Idempotency-Key": "again"}

    refused = await toy.client.post("/v1/outbox/replay", headers=headers, json={})

    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
