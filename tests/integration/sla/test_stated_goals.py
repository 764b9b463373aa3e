"""Clocks until an instant that the case states, from the event to the explanation."""

from typing import Any

import orjson

from tests.integration.sla.conftest import Sla
from tests.integration.sla.test_varied_rules import clock, evidence, quoted


async def ready(sla: Sla, *, at: str, **facts: Any) -> str:
    """A case whose answer was ready to be called back then."""
    case_id = await sla.register(at=at, **facts)
    await sla.step(case_id, "reply.ready", at=at, **facts)
    return case_id


async def test_a_callback_snaps_into_the_window_and_breaches_after_its_opening(sla: Sla) -> None:
    """SK-02: no agreed time, ready 18:20."""
    await sla.organisation(pack="varied", now="2026-03-02T12:00")
    noon = await ready(sla, at="2026-03-02T12:30")
    evening = await ready(sla, at="2026-03-02T18:20")
    assert (await clock(sla, noon, "callback"))["due_at"] == "2026-03-02T07:00:00Z"
    assert (await clock(sla, evening, "callback"))["due_at"] == "2026-03-03T01:00:00Z"
    await sla.step(noon, "reply.given", at="2026-03-02T15:00")
    assert (await clock(sla, noon, "callback"))["state"] == "met"
    await sla.clock_to("2026-03-03T09:00")
    assert (await clock(sla, evening, "callback"))["breaches"] == []
    await sla.clock_to("2026-03-03T09:01")
    assert [one["due_at"] for one in (await clock(sla, evening, "callback"))["breaches"]] == ["2026-03-03T01:00:00Z"]
    explained = (await sla.get(f"/v1/cases/{evening}/clocks/callback/explain")).json()
    assert (explained["goal"], explained["stated"], explained["cite"]) == ("soon", None, "X-5 Art.5")
    assert explained["days"][-1] == {
        "date": "2026-03-03", "counted": True, "ordinal": None, "minutes": None,
        "reason": {"zh": "不在办理时段内，顺延至下一时段开始", "en": "outside hours, moved to the next opening"},
    }  # fmt: skip
    assert explained["due_at"] == explained["goal_due_at"]


async def test_an_agreed_time_binds_and_moves_with_a_new_agreement(sla: Sla) -> None:
    """SK-02: agreed 13:30; then agreed anew, withdrawn, and agreed for an instant that has passed."""
    await sla.organisation(pack="varied", now="2026-03-02T12:00")
    case_id = await ready(sla, at="2026-03-02T12:30", callback_at="2026-03-02T13:30:00+08:00")
    assert (await clock(sla, case_id, "callback"))["due_at"] == "2026-03-02T05:30:00Z"
    await sla.step(case_id, at="2026-03-02T12:40", callback_at="2026-03-03T16:00:00+08:00")
    moved = await clock(sla, case_id, "callback")
    assert (moved["started_at"], moved["due_at"]) == ("2026-03-02T04:30:00Z", "2026-03-03T08:00:00Z")
    await sla.step(
        case_id, at="2026-03-02T12:50", callback_at="2026-03-03T08:00:00Z"
    )  # the same instant, said otherwise
    await sla.step(case_id, at="2026-03-02T12:55", callback_at="2026-03-02T12:29:00+08:00")  # before the start
    assert (await clock(sla, case_id, "callback"))["due_at"] == "2026-03-02T07:00:00Z"
    await sla.step(case_id, at="2026-03-02T12:58", callback_at="2026-03-02T14:00:00+08:00")
    explained = (await sla.get(f"/v1/cases/{case_id}/clocks/callback/explain")).json()
    assert explained["stated"] == {"source": "facts.callback_at", "value": "2026-03-02T06:00:00+00:00"}
    assert [(one["goal"], one["stated"], one["why"], one["due_at"]) for one in explained["targets"]] == [
        ("agreed", "2026-03-02T05:30:00+00:00", "start", "2026-03-02T05:30:00Z"),
        ("agreed", "2026-03-03T08:00:00+00:00", "retarget", "2026-03-03T08:00:00Z"),
        ("soon", None, "retarget", "2026-03-02T07:00:00Z"),
        ("agreed", "2026-03-02T06:00:00+00:00", "retarget", "2026-03-02T06:00:00Z"),
    ]
    assert [day["reason"]["zh"] for day in explained["days"]] == ["案件约定的时刻"]
    retargeted = [orjson.loads(row.payload)["due_at"] for row in await sla.events(case_id) if "retargeted" in row.type]
    assert retargeted == ["2026-03-03T08:00:00Z", "2026-03-02T07:00:00Z", "2026-03-02T06:00:00Z"]


async def test_a_promised_date_starts_the_clock_once_it_is_stated(sla: Sla) -> None:
    await sla.organisation(pack="varied")
    case_id = await sla.register(at="2026-03-05T09:00")
    await sla.step(case_id, "reply.promised", at="2026-03-05T10:00")
    assert "promise" not in await sla.clocks(case_id)
    await sla.step(case_id, at="2026-03-05T11:00", promised_on="2026-03-04")  # before the start: refused
    assert "promise" not in await sla.clocks(case_id)
    await sla.step(case_id, at="2026-03-05T12:00", promised_on="2026-03-09")
    promise = await clock(sla, case_id, "promise")
    assert (promise["started_at"], promise["due_at"]) == ("2026-03-05T02:00:00Z", "2026-03-09T09:00:00Z")
    await sla.step(case_id, at="2026-03-05T13:00")  # the fact is gone; a promise is not taken back that way
    assert (await clock(sla, case_id, "promise"))["due_at"] == "2026-03-09T09:00:00Z"


async def test_a_pause_does_not_move_a_promise_and_an_extension_outlives_an_earlier_one(sla: Sla) -> None:
    await sla.organisation(pack="varied")
    case_id = await sla.register(at="2026-03-05T09:00")
    await sla.step(case_id, "reply.promised", at="2026-03-05T10:00", promised_on="2026-03-09")
    await evidence(sla, case_id, at="2026-03-06T09:00")
    await quoted(sla, case_id, at="2026-03-06T16:00")
    assert (await clock(sla, case_id, "promise"))["due_at"] == "2026-03-09T09:00:00Z"
    ask = {"opinion": "x", "proposed_due_on": "2026-03-11"}
    asked = (await sla.post(f"/v1/cases/{case_id}/clocks/promise/extensions", ask)).json()
    granted = await sla.post(f"/v1/extensions/{asked['extension_id']}/decision", {"approve": True}, by="qian")
    assert granted.status_code == 200, granted.text
    await sla.step(case_id, at="2026-03-06T17:00", promised_on="2026-03-10")
    promise = await clock(sla, case_id, "promise")
    assert (promise["due_at"], promise["original_due_at"]) == ("2026-03-11T09:00:00Z", "2026-03-10T09:00:00Z")
    await sla.step(case_id, at="2026-03-06T17:01", promised_on="2026-03-12")
    assert (await clock(sla, case_id, "promise"))["due_at"] == "2026-03-12T09:00:00Z"


async def test_a_promise_beyond_the_confirmed_days_waits_for_the_calendar(sla: Sla) -> None:
    await sla.organisation(pack="varied")
    case_id = await sla.register(at="2026-03-05T09:00")
    await sla.step(case_id, "reply.promised", at="2026-03-05T10:00", promised_on="2027-01-05")
    assert (await clock(sla, case_id, "promise"))["state"] == "undated"
    await sla.step(case_id, at="2026-03-05T11:00", promised_on="2026-12-31")
    promise = await clock(sla, case_id, "promise")
    assert (promise["state"], promise["due_at"]) == ("running", "2026-12-31T09:00:00Z")


async def test_day_fifteen_of_a_case_is_warned_about_and_never_a_breach(sla: Sla) -> None:
    """WG-05d: accepted 2026-03-06, the soft warning comes on 2026-03-21, and once more when the day is over."""
    await sla.organisation(pack="varied", now="2026-03-06T09:00")
    case_id = await sla.accepted(at="2026-03-06T10:00")
    await sla.clock_to("2026-03-20T23:59")
    assert await _warnings(sla, case_id) == []
    await sla.clock_to("2026-03-23T09:00")
    assert await _warnings(sla, case_id) == ["2026-03-20T16:00:00", "2026-03-21T16:00:00"]
    average = await clock(sla, case_id, "average")
    assert (average["due_at"], average["breaches"], average["state"]) == ("2026-03-21T16:00:00Z", [], "running")


async def _warnings(sla: Sla, case_id: str) -> list[str]:
    rows = [row for row in await sla.events(case_id) if row.type == "clock.warned.v1"]
    return [row.occurred_at.isoformat()[:19] for row in rows if orjson.loads(row.payload)["clock"] == "average"]
