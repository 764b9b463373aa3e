"""Tenants and their clocks."""

import asyncio
from datetime import UTC, datetime

import orjson

from tests.integration.registry.conftest import BOOTSTRAP, MONDAY, Intake, headers


async def test_an_organisation_is_created_once_per_key(intake: Intake) -> None:
    body = {"name": "钢厂", "simulated_now": "2026-03-02T09:00:00+08:00"}
    first = await intake.post("/v1/organisations", body, org=BOOTSTRAP, scope="admin", key="k")
    again = await intake.post("/v1/organisations", body, org=BOOTSTRAP, scope="admin", key="k")
    assert first.status_code == 201
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    created = first.json()
    assert created["now"] == "2026-03-02T01:00:00Z" or created["now"] == "2026-03-02T09:00:00+08:00"
    [event] = await intake.events("organisation.created.v1")
    assert (event.key, str(event.org_id), event.aggregate_version) == (created["organisation_id"],) * 2 + (1,)
    assert orjson.loads(event.payload)["name"] == "钢厂"
    own = created["organisation_id"]
    shown = await intake.get(f"/v1/organisations/{own}", org=own, scope="organisation:read")
    assert shown.json()["simulated"] is True
    assert datetime.fromisoformat(shown.json()["now"]) == MONDAY


async def test_production_has_no_simulated_organisation(intake: Intake) -> None:
    intake.app.state.simulated_clocks_allowed = False
    body = {"name": "x", "simulated_now": "2026-03-02T09:00:00+08:00"}
    refused = await intake.post("/v1/organisations", body, org=BOOTSTRAP, scope="admin")
    assert (refused.status_code, refused.json()["code"]) == (403, "simulated_organisation_forbidden")
    assert await intake.events("organisation.created.v1") == []
    real = await intake.post("/v1/organisations", {"name": "x"}, org=BOOTSTRAP, scope="admin")
    assert (real.status_code, real.json()["simulated"]) == (201, False)


async def test_only_an_administrator_creates(intake: Intake) -> None:
    refused = await intake.post("/v1/organisations", {"name": "x"}, org=BOOTSTRAP, scope="cases:write")
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


async def advance(intake: Intake, org: str, now: str, *, caller: str | None = None) -> tuple[int, dict[str, object]]:
    answer = await intake.client.post(
        f"/v1/organisations/{org}/clock", json={"now": now}, headers=headers(caller or org, scope="admin")
    )
    return answer.status_code, answer.json()


async def test_the_clock_goes_forward_only(intake: Intake) -> None:
    org = await intake.organisation()
    assert (await advance(intake, org, "2026-03-02T01:00:01Z"))[0] == 200
    status, body = await advance(intake, org, "2026-03-02T01:00:00Z")
    assert (status, body["code"]) == (409, "clock_backwards")
    assert (await advance(intake, org, "2026-03-02T09:00:01+08:00"))[0] == 200
    [event] = await intake.events("organisation.clock_advanced.v1")
    assert event.occurred_at == datetime(2026, 3, 2, 1, 0, 1, tzinfo=UTC)
    assert event.key == org


async def test_real_time_and_foreign_clocks_stay(intake: Intake) -> None:
    real = await intake.organisation(now=None)
    status, body = await advance(intake, real, "2036-03-02T01:00:00Z")
    assert (status, body["code"]) == (409, "organisation_not_simulated")
    org = await intake.organisation(name="other")
    for caller in (real, BOOTSTRAP):
        status, body = await advance(intake, org, "2026-03-03T00:00:00Z", caller=caller)
        assert (status, body["code"]) == (404, "organisation_unknown")
    assert (await advance(intake, org, "2026-03-03T00:00:00"))[0] == 422


async def test_twenty_advances_at_once_end_at_the_latest(intake: Intake) -> None:
    org = await intake.organisation()
    answers = await asyncio.gather(*(advance(intake, org, f"2026-03-02T02:00:{second:02}Z") for second in range(20)))
    assert {status for status, _ in answers} <= {200, 409}
    shown = await intake.get(f"/v1/organisations/{org}", org=org, scope="organisation:read")
    assert datetime.fromisoformat(shown.json()["now"]) == datetime(2026, 3, 2, 2, 0, 19, tzinfo=UTC)
    said = [event.occurred_at for event in await intake.events("organisation.clock_advanced.v1")]
    assert said == sorted(said)
