"""LG-35e over REST: an opinion, a second person of the approving role, the first due instant kept."""

import asyncio
from datetime import datetime
from typing import Any

import orjson
import pytest

from tests.integration.sla.conftest import Sla
from tests.support.calendars import cst

ASK = {"opinion": "等待第三方检验结果", "proposed_due_on": "2026-03-20"}


async def a_case(sla: Sla, *, now: str = "2026-03-13T09:00") -> str:
    await sla.organisation()
    case_id = await sla.accepted()
    await sla.clock_to(now)
    return case_id


async def ask(sla: Sla, case_id: str, *, by: str = "chen", **body: Any) -> Any:
    return await sla.post(f"/v1/cases/{case_id}/clocks/cycle/extensions", {**ASK, **body}, by=by)


async def asked(sla: Sla, case_id: str, *, by: str = "chen", **body: Any) -> str:
    answer = await ask(sla, case_id, by=by, **body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["extension_id"])


async def decide(sla: Sla, extension_id: str, *, by: str = "qian", **body: Any) -> Any:
    return await sla.post(f"/v1/extensions/{extension_id}/decision", {"approve": True, **body}, by=by)


def refusal(answer: Any) -> tuple[int, str, str]:
    problem = answer.json()
    return answer.status_code, problem["code"], problem["cite"]


async def cycle(sla: Sla, case_id: str) -> dict[str, Any]:
    return dict((await sla.clocks(case_id))["cycle"])


async def test_granted_by_another_of_the_approving_role(sla: Sla) -> None:
    case_id = await a_case(sla)
    assert refusal(await ask(sla, case_id, by="zhao", opinion="")) == (422, "opinion_required", "LG-35e Art.35")
    extension_id = await asked(sla, case_id, by="zhao")
    assert (await cycle(sla, case_id))["due_at"] == "2026-03-16T09:00:00Z"
    assert refusal(await decide(sla, extension_id, by="zhao")) == (403, "four_eyes", "LG-35e Art.35")
    assert refusal(await decide(sla, extension_id, by="chen")) == (403, "role_forbidden", "LG-35e Art.35")
    granted = await decide(sla, extension_id)
    assert (granted.status_code, granted.json()["state"], granted.json()["after_breach"]) == (200, "granted", False)
    clock = await cycle(sla, case_id)
    assert (clock["due_at"], clock["original_due_at"]) == ("2026-03-20T09:00:00Z", "2026-03-16T09:00:00Z")
    await sla.clock_to("2026-03-16T17:01")
    assert (await cycle(sla, case_id))["breaches"] == []
    assert refusal(await ask(sla, case_id, proposed_due_on="2026-03-27")) == (
        409,
        "extension_exhausted",
        "LG-35e Art.35",
    )
    await sla.clock_to("2026-03-20T17:00")
    assert (await cycle(sla, case_id))["breaches"] == []
    await sla.clock_to("2026-03-20T17:01")
    assert len((await cycle(sla, case_id))["breaches"]) == 1
    told = {row.type: orjson.loads(row.payload) for row in await sla.events(case_id)}
    asked_for, extended = told["extension.requested.v1"], told["clock.extended.v1"]
    assert asked_for["approver_role"] == "enterprise_management"
    assert (extended["original_due_at"], extended["after_breach"]) == ("2026-03-16T09:00:00Z", False)
    assert extended["actor"] == {
        "subject": "qian",
        "roles": ["enterprise_management"],
        "kind": "staff",
        "client": None,
    }


async def test_the_approver_may_set_another_day(sla: Sla) -> None:
    case_id = await a_case(sla)
    answer = await decide(sla, await asked(sla, case_id), due_on="2026-03-18")
    assert answer.json()["granted_due_at"] == "2026-03-18T09:00:00Z"
    assert (await cycle(sla, case_id))["due_at"] == "2026-03-18T09:00:00Z"


async def test_turned_down_changes_nothing_and_does_not_count(sla: Sla) -> None:
    case_id = await a_case(sla)
    answer = await decide(sla, await asked(sla, case_id), approve=False, reason="理由不足")
    assert answer.json()["state"] == "rejected"
    assert (await cycle(sla, case_id))["due_at"] == "2026-03-16T09:00:00Z"
    again = await asked(sla, case_id)
    assert (await decide(sla, again)).status_code == 200


async def test_never_decided_breaches_at_the_first_due_instant(sla: Sla) -> None:
    case_id = await a_case(sla)
    await asked(sla, case_id)
    await sla.clock_to("2026-03-16T17:00")
    assert (await cycle(sla, case_id))["breaches"] == []
    await sla.clock_to("2026-03-16T17:01")
    breaches = (await cycle(sla, case_id))["breaches"]
    assert [(b["due_at"], b["breached_at"]) for b in breaches] == [
        ("2026-03-16T09:00:00Z", "2026-03-16T09:00:00.001000Z")
    ]


async def test_granted_after_the_breach_goes_on_and_is_reported_as_late(sla: Sla) -> None:
    case_id = await a_case(sla)
    extension_id = await asked(sla, case_id)
    await sla.clock_to("2026-03-17T09:00")
    assert (await decide(sla, extension_id)).json()["after_breach"] is True
    clock = await cycle(sla, case_id)
    assert (clock["state"], clock["breached"], clock["due_at"]) == ("running", False, "2026-03-20T09:00:00Z")
    assert [breach["mark"] for breach in clock["breaches"]] == ["extended_late"]
    await sla.step(case_id, "result_notice.issued", at="2026-03-18T09:00")
    clock = await cycle(sla, case_id)
    assert (clock["state"], len(clock["breaches"])) == ("met", 1)


async def test_one_open_request_at_a_time_and_it_lapses_with_its_clock(sla: Sla) -> None:
    case_id = await a_case(sla)
    extension_id = await asked(sla, case_id)
    assert refusal(await ask(sla, case_id, by="zhao")) == (409, "extension_pending", "LG-35e Art.35")
    await sla.step(case_id, "result_notice.issued", at="2026-03-13T10:00")
    assert (await cycle(sla, case_id))["extensions"][0]["state"] == "lapsed"
    assert refusal(await decide(sla, extension_id)) == (409, "extension_decided", "LG-35e Art.35")
    assert refusal(await ask(sla, case_id)) == (409, "clock_not_running", "LG-35e Art.35")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"proposed_due_on": "2026-03-16"}, "due_not_later"),
        ({"proposed_due_on": "2026-03-21"}, "not_a_working_day"),
        ({"proposed_due_on": "2027-01-20"}, "calendar_unconfirmed"),
        ({"proposed_due_on": None}, "due_required"),
        ({"proposed_due_at": "2026-03-20T10:00:00+08:00"}, "due_required"),
        ({"proposed_due_on": "20 March"}, "input_invalid"),
        ({"proposed_due_on": None, "proposed_due_at": "2026-03-20T10:00:00"}, "input_invalid"),
        ({"approve": True}, "input_invalid"),
    ],
)
async def test_what_a_request_must_say(sla: Sla, body: dict[str, Any], code: str) -> None:
    case_id = await a_case(sla)
    answer = await ask(sla, case_id, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await cycle(sla, case_id))["extensions"] == []


async def test_an_instant_may_be_proposed(sla: Sla) -> None:
    case_id = await a_case(sla)
    answer = await ask(sla, case_id, proposed_due_on=None, proposed_due_at="2026-03-18T10:00:00+08:00")
    assert datetime.fromisoformat(answer.json()["proposed_due_at"]) == cst("2026-03-18T10:00")


async def test_a_clock_without_extension_refuses(sla: Sla) -> None:
    await sla.organisation()
    case_id = await sla.accepted(province="Shandong", needs_visit=True)
    answer = await sla.post(f"/v1/cases/{case_id}/clocks/departure/extensions", ASK)
    assert refusal(answer) == (409, "extension_not_allowed", "LG-35a Art.35")


async def test_the_same_key_asks_once(sla: Sla) -> None:
    case_id = await a_case(sla)
    path = f"/v1/cases/{case_id}/clocks/cycle/extensions"
    first = await sla.post(path, ASK, key="k1")
    again = await sla.post(path, ASK, key="k1")
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len((await cycle(sla, case_id))["extensions"]) == 1
    other = await sla.post(path, {**ASK, "opinion": "别的"}, key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_twenty_decide_one_wins(sla: Sla) -> None:
    case_id = await a_case(sla)
    extension_id = await asked(sla, case_id)
    answers = await asyncio.gather(*(decide(sla, extension_id) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    assert (await sla.kinds(case_id)).count("cycle clock.extended") == 1


async def test_twenty_ask_one_wins(sla: Sla) -> None:
    case_id = await a_case(sla)
    answers = await asyncio.gather(*(ask(sla, case_id) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19


async def test_a_reason_excuses_a_limit_that_holds_in_principle(sla: Sla) -> None:
    await sla.organisation()
    case_id = await sla.accepted(province="Shandong", needs_visit=True)
    path = f"/v1/cases/{case_id}/clocks/departure/excuse"
    early = await sla.post(path, {"reason": "暴雪"})
    assert refusal(early) == (409, "nothing_to_excuse", "LG-35a Art.35")
    await sla.clock_to("2026-03-09T17:01")
    assert refusal(await sla.post(path, {"reason": "  "})) == (422, "reason_required", "LG-35a Art.35")
    excused = await sla.post(path, {"reason": "暴雪"})
    assert excused.status_code == 200, excused.text
    assert [(b["mark"], b["reason"], b["marked_by"]) for b in excused.json()["breaches"]] == [
        ("excused", "暴雪", "chen")
    ]
    assert (await sla.kinds(case_id))[-1] == "departure clock.excused"
    assert (await sla.post(path, {"reason": "暴雪"})).json()["code"] == "nothing_to_excuse"
    cycle_path = f"/v1/cases/{case_id}/clocks/cycle/excuse"
    assert refusal(await sla.post(cycle_path, {"reason": "x"})) == (409, "not_excusable", "LG-35c Art.35")
