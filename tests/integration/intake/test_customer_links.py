"""Links to a case: issued, handed out, used, revoked and ended; the secret is in no row."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, text, update

from services.intake.migrations.schema import KERNEL
from shared.kernel.ids import new_id
from shared.platform.auth.link_tokens import BearerVerifier
from shared.platform.db.transaction import transaction
from tests.integration.intake.conftest import CUSTOMER, PNG, START, Intake
from tests.integration.intake.linked_pack import linked_pack
from tests.support.callers import TrustingVerifier

PAGE = "https://shop.example/case"
LINKS = {"page": PAGE, "valid_for": {"amount": 30, "unit": "day"}, "once": ["file"]}
SCOPE = "cases:read cases:write links:read links:write"


@pytest.fixture
async def desk(intake: Intake) -> Intake:
    """Intake whose organisations issue links."""
    return await issuing(intake, LINKS)


async def issuing(intake: Intake, declared: dict[str, Any]) -> Intake:
    """Intake whose packs, none of which was read yet, declare these links."""
    table = KERNEL.policy_version
    async with transaction(intake.db) as tx:
        for row in (await tx.execute(select(table.c.pack, table.c.sections))).all():
            sections = row.sections | {"intake": row.sections["intake"] | {"customer_links": declared}}
            await tx.execute(update(table).where(table.c.pack == row.pack).values(sections=sections, digest=new_id()))
    intake.app.state.verifier = BearerVerifier(TrustingVerifier(), intake.app.state.link_keys)
    return intake


async def kinds_to_file(desk: Intake, case_id: str, token: str) -> list[str]:
    answer = await desk.client.get(f"/v1/my/cases/{case_id}", headers={"Authorization": f"Bearer {token}"})
    return [kind["kind"] for kind in answer.json()["may_file"]]


async def links(desk: Intake, case_id: str) -> list[dict[str, Any]]:
    answer = await desk.client.get(f"/v1/cases/{case_id}/links", headers=desk.headers(scope=SCOPE))
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def secret(desk: Intake, case_id: str, link_id: str) -> str:
    """What follows the page in the address."""
    path = f"/v1/cases/{case_id}/links/{link_id}/address"
    answer = await desk.client.get(path, headers=desk.headers(scope=SCOPE))
    assert answer.status_code == 200, answer.text
    page, _, token = str(answer.json()["address"]).partition("#link=")
    assert page == PAGE
    return token


async def revoked(desk: Intake, case_id: str, link_id: str) -> httpx2.Response:
    path = f"/v1/cases/{case_id}/links/{link_id}/revoke"
    return await desk.client.post(path, headers=desk.headers(scope=SCOPE))


async def read(desk: Intake, case_id: str, token: str) -> tuple[int, str]:
    answer = await desk.client.get(f"/v1/my/cases/{case_id}", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json().get("code", "")


async def filed(desk: Intake, case_id: str, token: str, name: str) -> httpx2.Response:
    return await desk.client.post(
        f"/v1/my/cases/{case_id}/evidence",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": new_id()},
        files={"file": (name, PNG + name.encode(), "image/png")},
        data={"kind": "photo"},
    )


async def test_a_registered_case_has_a_link_for_its_customer(desk: Intake) -> None:
    case_id = await desk.register()
    [link] = await links(desk, case_id)
    assert (link["holder"], link["once"], link["revoked_at"]) == ("customer", ["file"], None)
    assert link["expires_at"] == "2026-04-04T01:00:00Z"
    token = await secret(desk, case_id, link["link_id"])
    assert await read(desk, case_id, token) == (200, "")

    [event] = await desk.events("link.issued.v1")
    assert link["link_id"] in event.payload
    lines = (await desk.get(f"/v1/cases/{case_id}/timeline")).json()["items"]
    assert ("link.issued", "link", "chen") in [(line["what"], line["source"], line["actor"]) for line in lines]


async def test_its_bearer_comes_to_no_other_case_and_no_other_operation(desk: Intake) -> None:
    case_id, other = await desk.register(), await desk.register()
    [link] = await links(desk, case_id)
    token = await secret(desk, case_id, link["link_id"])
    assert await read(desk, other, token) == (404, "not_found")
    for path in ("/v1/cases", f"/v1/cases/{case_id}", f"/v1/cases/{case_id}/links", "/v1/tasks"):
        answer = await desk.client.get(path, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (403, "principal_not_admitted"), path
    listed = await desk.client.get("/v1/my/cases", headers={"Authorization": f"Bearer {token}"})
    assert [item["case_id"] for item in listed.json()["items"]] == [case_id]


async def test_what_a_link_permits_once_is_refused_the_second_time(desk: Intake) -> None:
    case_id = await desk.register()
    [link] = await links(desk, case_id)
    token = await secret(desk, case_id, link["link_id"])
    assert (await filed(desk, case_id, token, "a.png")).status_code == 201
    again = await filed(desk, case_id, token, "b.png")
    assert (again.status_code, again.json()["code"], again.json()["fields"]) == (409, "link_used", {"action": "file"})
    assert await read(desk, case_id, token) == (200, "")

    issued = await desk.client.post(f"/v1/cases/{case_id}/links", json={}, headers=desk.headers(scope=SCOPE))
    assert issued.status_code == 201
    other = await secret(desk, case_id, issued.json()["link_id"])
    assert (await filed(desk, case_id, other, "c.png")).status_code == 201


async def test_of_two_uses_at_once_of_what_is_permitted_once_one_is_refused(desk: Intake) -> None:
    case_id = await desk.register()
    [link] = await links(desk, case_id)
    token = await secret(desk, case_id, link["link_id"])
    both = await asyncio.gather(*(filed(desk, case_id, token, name) for name in ("a.png", "b.png")))
    assert sorted(answer.status_code for answer in both) == [201, 409]
    assert [answer.json()["code"] for answer in both if answer.status_code == 409] == ["link_used"]


async def test_a_revoked_link_and_one_that_ended_are_refused(desk: Intake) -> None:
    case_id = await desk.register()
    [first] = await links(desk, case_id)
    token = await secret(desk, case_id, first["link_id"])
    issued = await desk.client.post(f"/v1/cases/{case_id}/links", json={}, headers=desk.headers(scope=SCOPE))
    second = await secret(desk, case_id, issued.json()["link_id"])

    assert (await revoked(desk, case_id, first["link_id"])).json()["revoked_at"] == START.isoformat().replace(
        "+00:00", "Z"
    )
    assert await read(desk, case_id, token) == (401, "link_revoked")
    assert await read(desk, case_id, second) == (200, "")
    assert (await revoked(desk, case_id, first["link_id"])).status_code == 200
    assert len(await desk.events("link.revoked.v1")) == 1

    await desk.advance(timedelta(days=30))
    assert await read(desk, case_id, second) == (401, "token_expired")


async def test_the_page_offers_what_the_link_permits(desk: Intake) -> None:
    case_id = await desk.register()
    [link] = await links(desk, case_id)
    assert "objection_letter" in await kinds_to_file(desk, case_id, await secret(desk, case_id, link["link_id"]))


async def test_a_link_that_permits_no_files_offers_and_takes_none(intake: Intake) -> None:
    desk = await issuing(intake, LINKS | {"may": ["step"], "once": []})
    case_id = await desk.register()
    [link] = await links(desk, case_id)
    token = await secret(desk, case_id, link["link_id"])
    assert await kinds_to_file(desk, case_id, token) == []
    refused = await filed(desk, case_id, token, "a.png")
    assert (refused.status_code, refused.json()["code"], refused.json()["fields"]) == (
        403, "link_permits_not", {"may": ["step"]},
    )  # fmt: skip


async def test_a_case_that_a_step_opens_has_a_link_where_customers_see_its_type(desk: Intake, tmp_path: Path) -> None:
    documents, _ = linked_pack(tmp_path)
    section = documents["intake"]
    shown = [dict(kind, visible_to_customer=kind["id"] != "recourse") for kind in section["case_types"]]
    documents = {**documents, "intake": {**section, "case_types": shown, "customer_links": LINKS}}
    async with transaction(desk.db) as tx:
        row = {"org_id": desk.org, "pack": "small", "version": 1, "digest": new_id(), "sections": documents}
        began = {"effective_from": START.date(), "published_at": START}
        await tx.execute(KERNEL.policy_version.insert().values(**row, **began))
    complaint = {"case_type": "complaint", "channel": "web", "customer": CUSTOMER, "facts": {}, "pack": "small"}
    case_id = (await desk.post("/v1/cases", complaint)).json()["case_id"]
    for step, given in (("order", {"departments": ["quality"], "measure": "x"}), ("recover", {"amount": "5"})):
        taken = await desk.post(f"/v1/cases/{case_id}/steps/{step}", {"input": given}, by="li")
        assert taken.status_code == 200, taken.text

    opened = {each["relation"]: each["case_id"] for each in (await desk.page(case_id, by="li"))["links"]}
    assert [link["holder"] for link in await links(desk, opened["rectification"])] == ["customer"]
    assert await links(desk, opened["recourse"]) == []


async def test_another_address_of_the_customer_ends_the_links_that_were_sent_to_the_old_one(desk: Intake) -> None:
    case_id = await desk.register()
    [sent] = await links(desk, case_id)
    token = await secret(desk, case_id, sent["link_id"])
    corrections = f"/v1/cases/{case_id}/corrections"
    assert (await desk.post(corrections, {"reason": "misheard", "phone": "+86 25 7777"})).status_code == 201
    assert await read(desk, case_id, token) == (200, "")

    assert (await desk.post(corrections, {"reason": "misheard", "email": "right@example.com"})).status_code == 201
    assert await read(desk, case_id, token) == (401, "link_revoked")
    fresh, old = await links(desk, case_id)
    assert (old["link_id"], fresh["holder"], fresh["revoked_at"]) == (sent["link_id"], "customer", None)
    assert await read(desk, case_id, await secret(desk, case_id, fresh["link_id"])) == (200, "")
    kinds = [event.type for event in await desk.events()][-4:]
    assert kinds == ["link.revoked.v1", "link.issued.v1", "party.recorded.v1", "case.corrected.v1"]


async def test_links_of_another_organisation_or_case_are_absent(desk: Intake) -> None:
    case_id, other = await desk.register(), await desk.register()
    [link] = await links(desk, case_id)
    for path, org in ((f"/v1/cases/{case_id}", desk.foreign), (f"/v1/cases/{other}", desk.org)):
        headers = desk.headers(scope=SCOPE, org=org)
        address = await desk.client.get(f"{path}/links/{link['link_id']}/address", headers=headers)
        ended = await desk.client.post(f"{path}/links/{link['link_id']}/revoke", headers=headers)
        assert (address.status_code, ended.status_code) == (404, 404), path
    assert await desk.events("link.revoked.v1") == []


async def test_no_row_holds_the_secret(desk: Intake) -> None:
    case_id = await desk.register()
    [link] = await links(desk, case_id)
    token = await secret(desk, case_id, link["link_id"])
    await filed(desk, case_id, token, "a.png")
    await revoked(desk, case_id, link["link_id"])
    signature = token.rpartition(".")[2]
    async with desk.db.engine.connect() as conn:
        names = await conn.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'intake'"))
        for (name,) in names.all():
            query = text(f'SELECT count(*) FROM intake."{name}" t WHERE t::text LIKE :secret')
            assert (await conn.execute(query, {"secret": f"%{signature}%"})).scalar_one() == 0, name


async def test_a_pack_without_links_issues_none(intake: Intake) -> None:
    case_id = await intake.register()
    assert await links(intake, case_id) == []
    refused = await intake.client.post(f"/v1/cases/{case_id}/links", json={}, headers=intake.headers(scope=SCOPE))
    assert (refused.status_code, refused.json()["code"]) == (409, "links_not_declared")
