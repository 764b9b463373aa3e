"""Who may do what with money: the customer or the roles that the pack names, and another person where it says so."""

from datetime import timedelta
from typing import Any

import httpx2
import jwt
import pytest

from shared.contracts.envelope import ActorV1, TextV1
from shared.contracts.intake import LinkIssuedV1, WithdrawsV1
from shared.kernel.case_link import CaseLink
from shared.kernel.ids import new_id
from shared.platform.auth.link_tokens import LinkKeys
from tests.integration.settlement.conftest import KEY, SCOPES, Desk

NAMED = {
    "quote": ["objection_team"],
    "offer": ["objection_team"],
    "accept": ["agent"],
    "reject": ["agent"],
    "decline": ["centre_leader"],
    "certificate": ["finance"],
    "returns": ["warehouse"],
    "release": ["warehouse"],
    "payout": ["finance"],
}
BODIES: dict[str, dict[str, Any]] = {
    "reject": {"final": False, "reason": "too little"},
    "decline": {"reason": "no"},
    "certificate": {"certificate": "tax_return_allowance_certificate", "reference": "税 1"},
    "returns": {"quantity": "1"},
    "release": {"quantity": "1"},
}


def headers(desk: Desk, **claims: Any) -> dict[str, str]:
    said = {"iss": "redress-dev", "aud": "redress", "iat": 1_700_000_000, "exp": 4_000_000_000, "org": desk.org}
    said |= {"scope": f"my:read my:write {SCOPES}", "sub": "someone", **claims}
    token = jwt.encode(said, KEY, algorithm="EdDSA", headers={"typ": "at+jwt"})
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": new_id()}


async def as_customer(desk: Desk, method: str, path: str, body: Any = None, *, ref: str = "C-1") -> httpx2.Response:
    return await desk.client.request(method, path, json=body, headers=headers(desk, customer_ref=ref))


async def offered(desk: Desk) -> dict[str, Any]:
    quoted = await desk.quote(await desk.a_case())
    assert (await desk.act("wang", quoted, "offer")).status_code == 200
    return quoted


@pytest.mark.parametrize("action", [action for action in NAMED if action != "quote"])
async def test_a_caller_without_the_role_does_nothing_with_a_remedy(desk: Desk, action: str) -> None:
    remedy = await offered(desk)
    refused = await desk.act("nobody", remedy, action, **BODIES.get(action, {}))

    code = "approval_role_required" if action == "decline" else "money_role_required"
    if action == "decline":
        remedy = await desk.accepted(await desk.a_case())
        refused = await desk.act("nobody", remedy, action, **BODIES[action])
    assert (refused.status_code, refused.json()["code"]) == (403, code)
    assert refused.json()["fields"] == {"roles": NAMED[action]}


async def test_a_caller_without_the_role_computes_no_amount(desk: Desk) -> None:
    body = {"remedy": "price_difference", "inputs": {}}
    refused = await desk.post("sun", f"/v1/cases/{await desk.a_case()}/remedies", body)
    assert (refused.status_code, refused.json()["code"]) == (403, "money_role_required")


async def test_the_customer_accepts_its_own_offer_and_sees_no_approval(desk: Desk) -> None:
    remedy = await offered(desk)
    own = f"/v1/my/cases/{remedy['case_id']}/offers"
    [seen] = (await as_customer(desk, "GET", own)).json()["items"]
    assert (seen["state"], seen["quote_hash"]) == ("offered", remedy["quote_hash"])
    assert "approvals" not in seen

    body = {"quote_hash": seen["quote_hash"]}
    accepted = await as_customer(desk, "POST", f"{own}/{seen['remedy_id']}/accept", body)
    assert (accepted.status_code, accepted.json()["state"]) == (200, "accepted")
    assert await desk.state(remedy) == "accepted"


async def test_an_offer_of_a_foreign_customer_does_not_exist(desk: Desk) -> None:
    remedy = await offered(desk)
    own = f"/v1/my/cases/{remedy['case_id']}/offers"
    body = {"quote_hash": remedy["quote_hash"]}
    for method, path, given in (("GET", own, None), ("POST", f"{own}/{remedy['remedy_id']}/accept", body)):
        answer = await as_customer(desk, method, path, given, ref="C-2")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert await desk.state(remedy) == "offered"


async def test_what_was_only_quoted_does_not_exist_for_the_customer(desk: Desk) -> None:
    quoted = await desk.quote(await desk.a_case())
    own = f"/v1/my/cases/{quoted['case_id']}/offers"
    assert (await as_customer(desk, "GET", own)).json()["items"] == []
    answer = await as_customer(desk, "POST", f"{own}/{quoted['remedy_id']}/reject", {"reason": "no"})
    assert answer.status_code == 404


async def test_an_offer_is_not_reached_through_another_case(desk: Desk) -> None:
    remedy = await offered(desk)
    elsewhere = await desk.a_case()
    body = {"quote_hash": remedy["quote_hash"]}
    answer = await as_customer(desk, "POST", f"/v1/my/cases/{elsewhere}/offers/{remedy['remedy_id']}/accept", body)
    assert answer.status_code == 404


async def test_whoever_approved_does_not_pay(desk: Desk) -> None:
    remedy = await desk.payable()
    token = headers(desk, sub="liu", roles=["finance"])
    body = {"amount": {"minor": remedy["amount"]["minor"], "currency": "CNY"}}
    refused = await desk.client.post(f"/v1/remedies/{remedy['remedy_id']}/payout", json=body, headers=token)
    assert (refused.status_code, refused.json()["code"]) == (403, "four_eyes_between_actions")
    assert (refused.json()["fields"], refused.json()["cite"]) == ({"action": "approve"}, "LG-38 Art.38")
    assert (await desk.act("sun", remedy, "payout")).status_code == 202


async def a_link(desk: Desk, case_id: str, **changed: Any) -> dict[str, str]:
    """The header of the bearer of a link to that case."""
    data: dict[str, Any] = {
        "case_id": case_id,
        "link_id": new_id(),
        "holder": "customer",
        "may": ["accept"],
        "once": ["accept"],
    }
    data |= {"issued_at": desk.now, "expires_at": desk.now + timedelta(days=1), "actor": ActorV1(subject="chen")}
    issued = LinkIssuedV1.model_validate(data | changed)
    await desk.tell(issued)
    fields = {name: getattr(issued, name) for name in ("link_id", "case_id", "holder", "issued_at", "expires_at")}
    link = CaseLink(org=desk.org, may=tuple(issued.may), once=tuple(issued.once), **fields)
    token = LinkKeys([b"l" * 32]).token(link)
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": new_id()}


async def test_the_bearer_of_a_link_accepts_once(desk: Desk) -> None:
    remedy = await offered(desk)
    bearer = await a_link(desk, remedy["case_id"])
    own = f"/v1/my/cases/{remedy['case_id']}/offers"
    [seen] = (await desk.client.get(own, headers=bearer)).json()["items"]

    path, body = f"{own}/{seen['remedy_id']}/accept", {"quote_hash": seen["quote_hash"]}
    changed = await desk.client.post(
        path, json={"quote_hash": "0" * 64}, headers=bearer | {"Idempotency-Key": new_id()}
    )
    assert changed.status_code == 409, "a refused attempt uses nothing up"
    accepted = await desk.client.post(path, json=body, headers=bearer)
    assert (accepted.status_code, accepted.json()["state"]) == (200, "accepted")
    again = await desk.client.post(path, json=body, headers=bearer | {"Idempotency-Key": new_id()})
    assert (again.status_code, again.json()["code"]) == (409, "link_used")
    rejected = await desk.client.post(f"{own}/{seen['remedy_id']}/reject", json={"reason": "no"}, headers=bearer)
    assert (rejected.status_code, rejected.json()["code"]) == (403, "link_permits_not")


async def test_a_link_leads_to_no_other_case_and_not_for_ever(desk: Desk) -> None:
    remedy, other = await offered(desk), await offered(desk)
    bearer = await a_link(desk, remedy["case_id"])
    answer = await desk.client.get(f"/v1/my/cases/{other['case_id']}/offers", headers=bearer)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    closed = await desk.client.get(f"/v1/cases/{remedy['case_id']}/ledger", headers=bearer)
    assert (closed.status_code, closed.json()["code"]) == (403, "principal_not_admitted")

    await desk.pass_time(timedelta(days=1))
    ended = await desk.client.get(f"/v1/my/cases/{remedy['case_id']}/offers", headers=bearer)
    assert (ended.status_code, ended.json()["code"]) == (401, "token_expired")


async def test_the_customer_reads_why_an_offer_was_withdrawn(desk: Desk) -> None:
    remedy = await offered(desk)
    own = f"/v1/my/cases/{remedy['case_id']}/offers"
    row = WithdrawsV1(label=TextV1(zh="重量已更正", en="The weight was corrected"), cite="X-7 Art.7")
    await desk.advance(remedy["case_id"], "weight.corrected", withdraws=(row,))

    [seen] = (await as_customer(desk, "GET", own)).json()["items"]
    refused = await as_customer(desk, "POST", f"{own}/{seen['remedy_id']}/accept", {"quote_hash": seen["quote_hash"]})

    assert seen["state"] == "withdrawn"
    assert (refused.status_code, refused.json()["code"], refused.json()["cite"]) == (
        409,
        "remedy_withdrawn",
        "X-7 Art.7",
    )
    assert refused.json()["title"] == "The weight was corrected"
