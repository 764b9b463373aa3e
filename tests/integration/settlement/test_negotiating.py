"""Quotes, offers, four eyes, goods, expiry and tenant walls over HTTP and PostgreSQL."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import orjson
import pytest

from services.settlement.migrations.schema import KERNEL
from services.settlement.remedies.store.tables import APPROVAL, REMEDY
from services.settlement.replacements.store import MOVEMENT
from shared.contracts.envelope import ActorV1, TextV1
from shared.contracts.sla import ExtensionRequestedV1
from shared.kernel.ids import new_id
from tests.integration.settlement.conftest import PRICES, START, Desk
from tests.support.old_ids import old_id
from tests.support.statements import statements_of


async def test_nothing_is_proposed_before_the_origin_is_confirmed(desk: Desk) -> None:
    case_id = await desk.a_case(origin="unknown")
    body = {"remedy": "price_difference", "inputs": {}}
    refused = await desk.post("wang", f"/v1/cases/{case_id}/remedies", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "origin_unconfirmed")
    assert refused.json()["cite"] == "LG-34 Art.34"
    assert refused.json()["title_zh"] == "协商处理前须确认为本公司产品"
    assert refused.json()["title"] == "The goods are confirmed as ours before any negotiation"
    assert await desk.rows(REMEDY) == []


@pytest.mark.parametrize(
    ("who", "action", "body", "allowed_from"),
    [
        ("buyer", "accept", {}, ["offered"]),
        ("buyer", "reject", {"reason": "too little"}, ["offered"]),
        ("liu", "approve", {}, ["accepted"]),
        ("liu", "decline", {"reason": "no"}, ["accepted", "approved"]),
        ("sun", "payout", {}, ["approved"]),
    ],
)
async def test_what_is_not_yet_its_turn_is_refused_with_its_article(
    desk: Desk, who: str, action: str, body: dict[str, Any], allowed_from: list[str]
) -> None:
    quoted = await desk.quote(await desk.a_case())
    refused = await desk.act(who, quoted, action, **body)
    assert (refused.status_code, refused.json()["code"]) == (409, "remedy_out_of_order")
    assert refused.json()["cite"] == "LG-41 Art.41"
    assert refused.json()["fields"] == {"from": "quoted", "action": action, "allowed_from": allowed_from}
    assert await desk.state(quoted) == "quoted"


async def test_goods_are_not_booked_for_a_remedy_in_money(desk: Desk) -> None:
    accepted = await desk.accepted(await desk.a_case())
    for action in ("returns", "release"):
        refused = await desk.act("gao", accepted, action, quantity="1")
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_remedy_mode")
        assert refused.json()["cite"] == "LG-41 Art.41"


@pytest.mark.parametrize(
    ("agreed", "roles"),
    [
        ("10000.00", ["unit_leader"]),
        ("10000.01", ["centre_leader"]),
        ("100000.00", ["centre_leader"]),
        ("100000.01", ["unit_leader", "centre_leader"]),
    ],
)
async def test_acceptance_tells_who_has_to_approve_the_amount(desk: Desk, agreed: str, roles: list[str]) -> None:
    case_id = await desk.a_case()
    accepted = await desk.accepted(case_id, "money_compensation", agreed_amount=agreed)
    assert accepted["missing_approvals"] == roles
    [told] = [row.payload for row in await desk.rows(KERNEL.outbox) if row.type == "remedy.accepted.v1"]
    assert orjson.loads(told)["remaining"] == roles


async def test_nobody_is_missing_once_a_remedy_has_ended(desk: Desk) -> None:
    quoted = await desk.quote(await desk.a_case())
    await desk.act("wang", quoted, "offer")
    rejected = (await desk.act("buyer", quoted, "reject", reason="too little")).json()
    assert (quoted["missing_approvals"], rejected["missing_approvals"]) == (["centre_leader"], [])


async def test_the_remedies_of_a_case_come_in_pages_and_cost_no_more_for_many(desk: Desk) -> None:
    case_id = await desk.a_case()
    quoted = [(await desk.quote(case_id))["remedy_id"] for _ in range(5)]
    seen = statements_of(desk.db.engine.sync_engine)
    found: list[str] = []
    after = ""
    while True:
        seen.clear()
        page = await desk.get(f"/v1/cases/{case_id}/remedies?limit=2{after}")
        assert len(seen) <= 5, seen
        found += [item["remedy_id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert found == quoted
    seen.clear()
    assert len((await desk.get(f"/v1/cases/{case_id}/remedies"))["items"]) == 5
    assert len(seen) <= 5, seen
    for token in ("x", "WyJhIiwiYiJd"):
        assert (await desk.get(f"/v1/cases/{case_id}/remedies?after={token}"))["code"] == "page_token_invalid"


async def test_a_quote_whose_facts_changed_is_refused_with_the_difference(desk: Desk) -> None:
    case_id = await desk.a_case()
    quoted = await desk.quote(case_id)
    await desk.advance(case_id, quantity_t="55")
    refused = await desk.act("wang", quoted, "offer")
    assert (refused.status_code, refused.json()["code"]) == (409, "quote_changed")
    assert refused.json()["fields"]["quantity.now"] == "55"
    shown_otherwise = await desk.act("wang", quoted, "offer", quote_hash="0" * 64)
    assert shown_otherwise.json()["code"] == "quote_changed"


async def test_facts_that_change_after_acceptance_stop_approval_and_payout(desk: Desk) -> None:
    case_id = await desk.a_case()
    remedy = await desk.accepted(case_id)
    await desk.advance(case_id, quantity_t="55")
    assert (await desk.act("liu", remedy, "approve")).json()["code"] == "quote_changed"
    assert (await desk.act("liu", remedy, "decline", reason="quantity changed")).json()["state"] == "declined"
    assert (await desk.accepted(case_id))["amount"]["text"] == "19,250.00"


async def test_whoever_touched_the_case_cannot_approve(desk: Desk) -> None:
    case_id = await desk.a_case()
    await desk.tell(
        ExtensionRequestedV1(
            case_id=case_id,
            clock_id=new_id(),
            clock="cycle",
            label=TextV1(zh="周期", en="Cycle"),
            started_at=START,
            due_at=START,
            cite="LG-35e Art.35",
            extension_id=new_id(),
            proposed_due_at=START,
            approver_role="enterprise_management",
            actor=ActorV1(subject="liu"),
        )
    )
    remedy = await desk.accepted(case_id)
    for who in ("liu", "wang", "buyer", "chen"):
        refused = await desk.act(who, remedy, "approve")
        assert (refused.status_code, refused.json()["code"]) == (403, "four_eyes"), who
    assert (await desk.act("ma", remedy, "approve")).json()["code"] == "approval_role_required"


async def test_a_touch_learnt_after_the_approval_stops_the_payout(desk: Desk) -> None:
    remedy = await desk.payable()
    await desk.advance(remedy["case_id"], actor="liu")
    assert (await desk.act("sun", remedy, "payout")).status_code == 202
    other = await desk.payable()
    desk.now -= timedelta(hours=1)
    await desk.advance(other["case_id"], actor="liu")
    refused = await desk.act("sun", other, "payout")
    assert (refused.status_code, refused.json()["code"]) == (403, "four_eyes")


async def test_twenty_approvals_at_once_are_one(desk: Desk) -> None:
    remedy = await desk.accepted(await desk.a_case())
    answers = await asyncio.gather(*(desk.act("liu", remedy, "approve") for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 19}
    assert len(await desk.rows(APPROVAL)) == 1


async def test_above_both_limits_two_persons_approve(desk: Desk) -> None:
    case_id = await desk.a_case()
    remedy = await desk.accepted(case_id, "money_compensation", agreed_amount="100000.01")
    first = await desk.act("liu", remedy, "approve")
    assert (first.json()["state"], first.json()["missing_approvals"]) == ("accepted", ["unit_leader"])
    assert (await desk.act("liu", remedy, "approve")).json()["code"] == "approver_already_approved"
    assert (await desk.act("ma", remedy, "approve")).json()["state"] == "approved"
    assert (await desk.events())[-2:] == ["remedy.approval_recorded.v1", "remedy.approved.v1"]


async def test_replacement_goods_leave_only_against_returned_ones(desk: Desk) -> None:
    case_id = await desk.a_case()
    remedy = await desk.accepted(case_id, "physical_replacement", quantity="30", unit_price="4200.00")
    assert (remedy["quantity"], remedy["unit"], remedy["amount"]["minor"]) == ("30", "t", 0)
    assert (await desk.act("gao", remedy, "release", quantity="1")).json()["code"] == "remedy_out_of_order"
    for who in ("liu", "ma"):
        await desk.act(who, remedy, "approve")
    assert (await desk.act("gao", remedy, "release", quantity="1")).json()["code"] == "result_notice_required"
    await desk.issue_notice(case_id, 0)
    await desk.act("gao", remedy, "returns", quantity="18")
    refused = await desk.act("gao", remedy, "release", quantity="30")
    assert (refused.status_code, refused.json()["code"]) == (409, "return_required")
    assert refused.json()["cite"] == "LG-39b Art.39"
    assert refused.json()["fields"]["max"] == "18"
    assert (await desk.act("gao", remedy, "returns", quantity="12.001")).json()["code"] == "return_exceeds_agreed"
    await desk.act("gao", remedy, "returns", quantity="12")
    done = await desk.act("gao", remedy, "release", quantity="30")
    assert (done.json()["state"], done.json()["released"]) == ("executed", "30")
    assert (await desk.events())[-2:] == ["remedy.replacement_released.v1", "remedy.executed.v1"]
    assert (await desk.act("sun", remedy, "payout", amount={"minor": 1, "currency": "CNY"})).json()["code"] == (
        "wrong_remedy_mode"
    )


async def test_twenty_releases_at_once_never_exceed_what_came_back(desk: Desk) -> None:
    case_id = await desk.a_case()
    remedy = await desk.accepted(case_id, "physical_replacement", quantity="30", unit_price="1.00")
    await desk.act("liu", remedy, "approve")
    await desk.issue_notice(case_id, 0)
    await desk.act("gao", remedy, "returns", quantity="18")
    answers = await asyncio.gather(*(desk.act("gao", remedy, "release", quantity="5") for _ in range(20)))
    assert Counter(answer.status_code for answer in answers) == {200: 3, 409: 17}
    moved = [row.quantity for row in await desk.rows(MOVEMENT) if row.kind == "release"]
    assert sum(moved) == 15


async def test_quotes_expire_by_the_organisations_clock(desk: Desk) -> None:
    remedy = await desk.quote(await desk.a_case())
    rest = await desk.get("/v1/quiescence")
    assert rest["work"] == {"expire_quotes": 0, "payouts": 0}
    assert rest["next_due_at"] == "2026-04-05T02:00:00.000001Z"
    await desk.pass_time(timedelta(days=30))
    assert await desk.expire() == 0
    await desk.pass_time(timedelta(microseconds=1))
    assert (await desk.get("/v1/quiescence"))["work"]["expire_quotes"] == 1
    assert (await desk.act("wang", remedy, "offer")).json()["code"] == "quote_expired"
    assert await desk.expire() == 1
    assert await desk.state(remedy) == "expired"


async def test_a_final_refusal_ends_the_negotiation(desk: Desk) -> None:
    case_id = await desk.a_case()
    remedy = await desk.quote(case_id)
    await desk.act("wang", remedy, "offer")
    assert (await desk.act("buyer", remedy, "reject", final=False, reason="too little")).json()["state"] == "rejected"
    second = await desk.quote(case_id)
    assert (await desk.act("wang", second, "offer")).json()["round"] == 2
    await desk.act("buyer", second, "reject", final=True, reason="court")
    body = {"remedy": "price_difference", "inputs": PRICES}
    ended = await desk.post("wang", f"/v1/cases/{case_id}/remedies", body)
    assert (ended.status_code, ended.json()["code"]) == (409, "negotiation_ended")


async def test_explain_shows_inputs_steps_approvals_and_gates(desk: Desk) -> None:
    remedy = await desk.accepted(await desk.a_case())
    sheet = await desk.get(f"/v1/remedies/{remedy['remedy_id']}/explain")
    assert sheet["reproduced"] is True
    assert sheet["policy"] == "laigang@1"
    assert [(step["id"], step["formula"], step["value"]) for step in sheet["steps"]] == [
        ("difference", "inputs.contract_price - inputs.downgraded_price", "350"),
        ("refund", "steps.difference * inputs.quantity", "21000.00"),
    ]
    assert {(each["id"], each["value"], each["source"]) for each in sheet["inputs"]} == {
        ("contract_price", "4200", "given"),
        ("downgraded_price", "3850", "given"),
        ("quantity", "60", "case"),
        ("customer_consent", True, "given"),
    }
    worth = {"minor": 2_100_000, "currency": "CNY", "text": "21,000.00"}  # 60 t × (4,200 − 3,850)
    row = {"cumulative": None, "compared": worth, "cite": "LG-12a Art.12"}
    assert sheet["approval"] == {
        **row,
        "up_to": "100000",
        "roles": [{"role": "centre_leader", "given_by": None, "exempt": None}],
        "rows": [{**row, "up_to": "10000", "fits": False}, {**row, "up_to": "100000", "fits": True}],
    }
    waiting = {gate["code"] for gate in sheet["gates"] if not gate["holds"]}
    assert waiting == {"result_notice_required", "agreement_required"}


ROUTES: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/v1/cases/{case}/remedies", {}),
    ("GET", "/v1/cases/{case}/ledger", {}),
    ("GET", "/v1/remedies/{remedy}", {}),
    ("GET", "/v1/remedies/{remedy}/explain", {}),
    ("POST", "/v1/cases/{case}/remedies", {"remedy": "price_difference", "inputs": PRICES}),
    ("POST", "/v1/remedies/{remedy}/offer", {"quote_hash": "0" * 64}),
    ("POST", "/v1/remedies/{remedy}/accept", {"quote_hash": "0" * 64}),
    ("POST", "/v1/remedies/{remedy}/reject", {"reason": "no"}),
    ("POST", "/v1/remedies/{remedy}/approve", {"quote_hash": "0" * 64}),
    ("POST", "/v1/remedies/{remedy}/decline", {"reason": "no"}),
    ("POST", "/v1/remedies/{remedy}/certificate", {"certificate": "x", "reference": "y"}),
    ("POST", "/v1/remedies/{remedy}/returns", {"quantity": "1"}),
    ("POST", "/v1/remedies/{remedy}/release", {"quantity": "1"}),
    ("POST", "/v1/remedies/{remedy}/payout", {"amount": {"minor": 1, "currency": "CNY"}}),
]

LISTS = {("GET", "/v1/remedies")}
"""Of one organisation each: tests/integration/settlement/test_lists.py."""


async def test_every_route_is_in_the_list(desk: Desk) -> None:
    served = {
        (method, getattr(route, "path", "").replace("case_id", "case").replace("remedy_id", "remedy"))
        for route in desk.app.routes
        if getattr(route, "path", "").startswith(("/v1/cases", "/v1/remedies"))
        for method in route.methods - {"HEAD"}  # type: ignore[attr-defined]
    }
    assert served == {(method, path) for method, path, _ in ROUTES} | LISTS


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_another_organisation_sees_and_does_nothing(
    desk: Desk, method: str, path: str, body: dict[str, Any]
) -> None:
    remedy = await desk.quote(await desk.a_case())
    other = await desk.another_organisation()
    before = await desk.rows(REMEDY)
    url = path.format(case=remedy["case_id"], remedy=remedy["remedy_id"])
    absent = path.format(case=old_id(), remedy=new_id())
    answers = []
    for where in (url, absent):
        if method == "GET":
            answers.append(await desk.get(where, org=other))
        else:
            response = await desk.post("wang", where, body, org=other)
            assert response.status_code == 404
            answers.append(response.json())
    assert [answer["code"] for answer in answers] == ["not_found", "not_found"]
    for answer in answers:
        answer.pop("request_id")
    assert answers[0] == answers[1]
    assert await desk.rows(REMEDY) == before


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_every_route_needs_its_scope(desk: Desk, method: str, path: str, body: dict[str, Any]) -> None:
    needed = {"GET": "settlement:read"}.get(method, "settlement:write")
    if path.endswith(("approve", "decline")):
        needed = "settlement:approve"
    scopes = " ".join({"settlement:read", "settlement:write", "settlement:approve"} - {needed})
    url = path.format(case=new_id(), remedy=new_id())
    answer = (
        await desk.get(url, scopes=scopes)
        if method == "GET"
        else (await desk.post("wang", url, body, scopes=scopes)).json()
    )
    assert (answer["code"], answer["fields"]) == ("scope_missing", {"scopes": [needed]})
