"""The REST surface: explain, lists, paging, the wall between tenants, what a token needs."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from shared.kernel.ids import new_id
from tests.integration.sla.conftest import Sla
from tests.support.old_ids import old_id

ASK = {"opinion": "x", "proposed_due_on": "2026-03-20"}


async def test_explain_lists_each_day_with_its_reason(sla: Sla) -> None:
    await sla.organisation(now="2026-09-29T09:00")
    case_id = await sla.accepted(at="2026-09-30T10:00", province="Jiangsu", needs_visit=True)
    clock_id = (await sla.clocks(case_id))["departure"]["clock_id"]
    by_name = (await sla.get(f"/v1/cases/{case_id}/clocks/departure/explain")).json()
    assert by_name == (await sla.get(f"/v1/clocks/{clock_id}/explain")).json()
    assert [day["date"] for day in by_name["days"] if day["counted"]] == ["2026-10-08", "2026-10-09", "2026-10-10"]
    skipped = {day["date"]: day["reason"] for day in by_name["days"] if not day["counted"]}
    assert skipped["2026-09-30"] == {"zh": "起算日不计入", "en": "start day, not counted"}
    assert "国庆" in skipped["2026-10-03"]["zh"]
    assert by_name["due_at"] == by_name["goal_due_at"] == "2026-10-10T09:00:00Z"
    assert (by_name["goal"], by_name["cite"]) == ("out_of_province", "LG-35b Art.35")
    assert (by_name["calendar"]["id"], by_name["calendar"]["confirmed_until"]) == ("cn-workdays", "2026-12-31")
    assert len(by_name["calendar"]["content_hash"]) == 64


async def test_explain_tells_the_history_of_retarget_and_extension(sla: Sla) -> None:
    await sla.organisation()
    case_id = await sla.accepted()
    await sla.step(case_id, at="2026-03-09T10:00", severity="major")
    asked = (
        await sla.post(f"/v1/cases/{case_id}/clocks/cycle/extensions", {**ASK, "proposed_due_on": "2026-04-09"})
    ).json()
    await sla.post(f"/v1/extensions/{asked['extension_id']}/decision", {"approve": True}, by="qian")
    explained = (await sla.get(f"/v1/cases/{case_id}/clocks/cycle/explain")).json()
    assert [(one["why"], one["due_at"][:10], one["cite"]) for one in explained["targets"]] == [
        ("start", "2026-03-16", "LG-35c Art.35"),
        ("retarget", "2026-04-02", "LG-35d Art.35"),
        ("extension", "2026-04-09", "LG-35e Art.35"),
    ]
    assert (explained["goal_due_at"][:10], explained["due_at"][:10]) == ("2026-04-02", "2026-04-09")
    assert explained["extensions"][0]["state"] == "granted"
    assert sum(day["counted"] for day in explained["days"]) == 20


async def test_a_granted_day_outlives_a_change_back_to_a_shorter_goal(sla: Sla) -> None:
    await sla.organisation()
    case_id = await sla.accepted()
    asked = (await sla.post(f"/v1/cases/{case_id}/clocks/cycle/extensions", ASK)).json()
    await sla.post(f"/v1/extensions/{asked['extension_id']}/decision", {"approve": True}, by="qian")
    await sla.step(case_id, at="2026-03-09T10:00", severity="major")
    assert (await sla.clocks(case_id))["cycle"]["due_at"][:10] == "2026-04-02"
    await sla.step(case_id, at="2026-03-10T10:00", severity="normal")
    cycle = (await sla.clocks(case_id))["cycle"]
    assert (cycle["due_at"][:10], cycle["original_due_at"][:10]) == ("2026-03-20", "2026-03-16")


Call = Callable[[Sla, dict[str, str], str | None], Awaitable[Any]]
CALLS: dict[str, Call] = {
    "list": lambda sla, ids, org: sla.get(f"/v1/cases/{ids['case']}/clocks", org=org),
    "one": lambda sla, ids, org: sla.get(f"/v1/clocks/{ids['clock']}", org=org),
    "explain": lambda sla, ids, org: sla.get(f"/v1/clocks/{ids['clock']}/explain", org=org),
    "explain by name": lambda sla, ids, org: sla.get(f"/v1/cases/{ids['case']}/clocks/cycle/explain", org=org),
    "extend": lambda sla, ids, org: sla.post(f"/v1/clocks/{ids['clock']}/extensions", ASK, org=org),
    "extend by name": lambda sla, ids, org: sla.post(f"/v1/cases/{ids['case']}/clocks/cycle/extensions", ASK, org=org),
    "decide": lambda sla, ids, org: sla.post(
        f"/v1/extensions/{ids['extension']}/decision", {"approve": False}, by="qian", org=org
    ),
    "excuse": lambda sla, ids, org: sla.post(f"/v1/clocks/{ids['clock']}/excuse", {"reason": "x"}, org=org),
    "excuse by name": lambda sla, ids, org: sla.post(
        f"/v1/cases/{ids['case']}/clocks/cycle/excuse", {"reason": "x"}, org=org
    ),
}


@pytest.mark.parametrize("name", sorted(CALLS))
async def test_foreign_and_absent_are_the_same_404(sla: Sla, name: str) -> None:
    foreign = await sla.organisation()
    own = await sla.organisation()
    case_id = await sla.accepted()
    asked = (await sla.post(f"/v1/cases/{case_id}/clocks/cycle/extensions", ASK)).json()
    ids = {"case": case_id, "clock": asked["clock_id"], "extension": asked["extension_id"]}
    before = await sla.kinds()
    across = await CALLS[name](sla, ids, foreign)
    absent = await CALLS[name](sla, dict.fromkeys(ids, old_id()), own)
    assert (across.status_code, across.json()["code"]) == (404, "not_found")
    for answer in (across, absent):
        answer.json_without_id = {key: value for key, value in answer.json().items() if key != "request_id"}
    assert across.json_without_id == absent.json_without_id
    assert await sla.kinds() == before


async def test_the_list_of_what_is_due_shows_only_ones_own(sla: Sla) -> None:
    await sla.organisation()
    await sla.accepted()
    await sla.organisation()
    assert (await sla.get("/v1/clocks")).json() == {"items": [], "next": None}


async def test_what_is_due_next_is_paged_in_due_order(sla: Sla, statements: list[str]) -> None:
    await sla.organisation()
    for day in (5, 6, 9, 10, 11):
        await sla.accepted(at=f"2026-03-{day:02}T10:00")
    await sla.clock_to("2026-03-17T09:00")
    seen: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    statements.clear()
    while True:
        page = (await sla.get("/v1/clocks", limit=2, **after)).json()
        seen += page["items"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert [(item["due_at"][:10], item["breached"]) for item in seen] == [
        ("2026-03-16", True),
        ("2026-03-17", False),
        ("2026-03-18", False),
        ("2026-03-19", False),
        ("2026-03-20", False),
    ]
    assert len([sql for sql in statements if sql.lstrip().startswith("SELECT")]) == 3
    for token in ("x", "WyJhIiwiYiJd", "W10"):
        refused = await sla.get("/v1/clocks", after=token)
        assert (refused.status_code, refused.json()["code"]) == (400, "page_token_invalid")


async def test_listing_a_case_takes_as_many_statements_for_many_clocks(sla: Sla, statements: list[str]) -> None:
    await sla.organisation()
    one = await sla.accepted()
    two = await sla.accepted(province="Shandong", needs_visit=True)
    statements.clear()
    await sla.clocks(one)
    for_one = len(statements)
    await sla.clocks(two)
    assert len(statements) == 2 * for_one
    assert for_one <= 4


async def test_the_clocks_of_a_case_come_in_pages(sla: Sla) -> None:
    await sla.organisation()
    case_id = await sla.accepted(province="Shandong", needs_visit=True)
    whole = (await sla.get(f"/v1/cases/{case_id}/clocks")).json()
    first = (await sla.get(f"/v1/cases/{case_id}/clocks", limit=1)).json()
    second = (await sla.get(f"/v1/cases/{case_id}/clocks", limit=1, after=first["next"])).json()
    assert [clock["clock"] for clock in whole["items"]] == ["departure", "cycle"]
    assert first["items"] + second["items"] == whole["items"]
    assert (whole["next"], second["next"]) == (None, None)
    refused = await sla.get(f"/v1/cases/{case_id}/clocks", after="x")
    assert (refused.status_code, refused.json()["code"]) == (400, "page_token_invalid")


@pytest.mark.parametrize("name", ["list", "extend", "decide"])
async def test_a_token_needs_the_scope(sla: Sla, name: str) -> None:
    await sla.organisation()
    path = {
        "list": "/v1/clocks",
        "extend": f"/v1/clocks/{new_id()}/extensions",
        "decide": f"/v1/extensions/{new_id()}/decision",
    }[name]
    answer = await (sla.get(path, scope="cases:read") if name == "list" else sla.post(path, scope="sla:read"))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


async def test_ids_that_are_none_are_404(sla: Sla) -> None:
    await sla.organisation()
    for path in ("/v1/clocks/x", "/v1/cases/x/clocks", f"/v1/cases/{old_id()}/clocks/NAME/explain"):
        assert (await sla.get(path)).status_code == 404
