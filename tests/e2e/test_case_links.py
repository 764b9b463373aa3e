"""A link over real HTTP: it comes by mail, opens one case, accepts once, and ends when it is revoked or past its time."""

import copy
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from operate.runtime.stack import Stack
from operate.scenarios import quiescence
from operate.scenarios.session import Session
from operate.scenarios.stack import of_running
from shared.contracts.catalogue import SERVICES
from shared.kernel.ids import new_id
from tests.e2e.story import CASE, DOCUMENTS, QUOTE, Story, begin

PAGE = "https://shop.example/case"
LINK = re.compile(re.escape(PAGE) + r"#link=([A-Za-z0-9_.-]+)")
RULE = {
    "id": "with_link",
    "cite": "LG-36 Art.36",
    "on": ["case.registered"],
    "recipients": [{"role": "customer"}],
    "channels": ["email"],
    "template": "with_link",
}


def documents() -> dict[str, Any]:
    """The reference pack with links, and a mail that prints one."""
    pack = copy.deepcopy(DOCUMENTS)
    text = {"subject": "{{ case.number }}", "body": "{{ case.link }}"}
    pack["intake"]["customer_links"] = {
        "page": PAGE,
        "valid_for": {"amount": 30, "unit": "day"},
        "once": ["accept"],
    }
    pack["notify"]["templates"] = [
        *pack["notify"]["templates"],
        {"id": "with_link", "locales": {"zh-CN": text, "en": text}},
    ]
    pack["notify"]["rules"] = [*pack["notify"]["rules"], RULE]
    return pack


@dataclass(frozen=True)
class Desk:
    """An organisation that issues links, one case with an offer, and the link that came by mail."""

    story: Story
    case_id: str
    offer: dict[str, Any]
    token: str

    async def with_link(self, service: str, method: str, path: str, *, token: str = "", **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {token or self.token}"}
        return await self.story.send(service, method, path, org="", headers=headers, **options)

    async def said(self, service: str, path: str, **options: Any) -> tuple[int, str]:
        answer = await self.with_link(service, "GET", path, **options)
        return answer.status_code, answer.json().get("code", "")


@asynccontextmanager
async def opened(stack: Stack) -> AsyncIterator[Desk]:
    async with httpx2.AsyncClient(trust_env=False) as http:
        story = await begin(of_running(stack), http, "Links", documents())
        session = story.session
        case_id = (await story.post("intake", "/v1/cases", CASE))["case_id"]
        await story.step(case_id, "analyse", {"in_scope": True, "needs_visit": True, "opinion": "划伤属异议范围"})
        await story.step(case_id, "confirm_origin", {"origin": "confirmed"})
        await quiescence.settle(session)
        quoted = await story.post("settlement", f"/v1/cases/{case_id}/remedies", QUOTE)
        path = f"/v1/remedies/{quoted['remedy_id']}/offer"
        offer = await story.post("settlement", path, {"quote_hash": quoted["quote_hash"]})
        yield Desk(story, case_id, offer, await _mailed(session, case_id))


@pytest.fixture(scope="module")
async def desk(e2e_stack: Stack) -> AsyncIterator[Desk]:
    async with opened(e2e_stack) as shared:
        yield shared


@pytest.fixture
async def own_desk(e2e_stack: Stack) -> AsyncIterator[Desk]:
    """For a test that advances the organisation's clock."""
    async with opened(e2e_stack) as own:
        yield own


async def _mailed(session: Session, case_id: str) -> str:
    """The secret in the mail about the case."""
    listed = (await session.http.get(f"{session.stack.mail_sink}/messages")).json()["messages"]
    found = [LINK.search(str(mail)) for mail in listed if case_id in str(mail)]
    [token] = {each[1] for each in found if each is not None}
    return token


async def test_a_link_comes_by_mail_and_opens_one_case_in_all_services(desk: Desk) -> None:
    own = f"/v1/my/cases/{desk.case_id}"
    for service, path in (
        ("intake", own), ("sla", f"{own}/promises"), ("settlement", f"{own}/offers"), ("notify", f"{own}/messages"),
    ):  # fmt: skip
        assert await desk.said(service, path) == (200, ""), service
        assert await desk.said(service, path.replace(desk.case_id, new_id())) in {
            (404, "not_found"), (409, "not_caught_up"),
        }  # fmt: skip
    other = (await desk.story.post("intake", "/v1/cases", CASE))["case_id"]
    assert await desk.said("intake", f"/v1/my/cases/{other}") == (404, "not_found")
    for path in ("/v1/cases", "/v1/tasks", f"/v1/cases/{desk.case_id}"):
        assert await desk.said("intake", path) == (403, "principal_not_admitted")


async def test_an_offer_is_accepted_once(desk: Desk) -> None:
    path = f"/v1/my/cases/{desk.case_id}/offers/{desk.offer['remedy_id']}/accept"
    body: Any = {"json": {"quote_hash": desk.offer["quote_hash"]}}
    accepted = await desk.with_link("settlement", "POST", path, **body)
    assert (accepted.status_code, accepted.json()["state"]) == (200, "accepted")
    again = await desk.with_link("settlement", "POST", path, **body)
    assert (again.status_code, again.json()["code"]) == (409, "link_used")


async def test_a_revoked_link_and_one_past_its_time_are_refused(own_desk: Desk) -> None:
    desk, story = own_desk, own_desk.story
    case_id = (await story.post("intake", "/v1/cases", CASE))["case_id"]
    tokens = []
    for _ in range(2):
        link = await story.post("intake", f"/v1/cases/{case_id}/links", {})
        address = (await story.get("intake", f"/v1/cases/{case_id}/links/{link['link_id']}/address"))["address"]
        found = LINK.fullmatch(address)
        assert found is not None
        tokens.append((link["link_id"], found[1]))
    (revoked, first), (_, second) = tokens
    assert await desk.said("intake", f"/v1/my/cases/{case_id}", token=first) == (200, "")
    await story.post("intake", f"/v1/cases/{case_id}/links/{revoked}/revoke")
    await quiescence.settle(story.session)
    for service, tail in (("intake", ""), ("sla", "/promises"), ("settlement", "/offers"), ("notify", "/messages")):
        path = f"/v1/my/cases/{case_id}{tail}"
        assert await desk.said(service, path, token=first) == (401, "link_revoked"), service
        assert await desk.said(service, path, token=second) == (200, ""), service

    now = {"now": "2026-05-10T09:00:00+08:00"}
    await story.post("intake", f"/v1/organisations/{story.session.organisation}/clock", now)
    await quiescence.settle(story.session)
    for service, tail in (("intake", ""), ("sla", "/promises"), ("settlement", "/offers"), ("notify", "/messages")):
        path = f"/v1/my/cases/{case_id}{tail}"
        assert await desk.said(service, path, token=second) == (401, "token_expired"), service


async def test_no_log_and_no_event_holds_the_secret(desk: Desk, e2e_stack: Stack) -> None:
    signature, org = desk.token.rpartition(".")[2], desk.story.session.organisation
    logs = [file for file in e2e_stack.layout.logs.iterdir() if file.is_file()]
    assert logs
    assert [file.name for file in logs if signature in file.read_text(errors="replace")] == []
    for service in SERVICES:
        events = await desk.story.send(service, "GET", "/v1/changes?limit=200", org=org)
        assert desk.case_id in events.text, service
        assert signature not in events.text, service
