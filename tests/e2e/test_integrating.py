"""`docs/integrating.md`, played as it stands: each call is sent, each answer compared, each request of Redress awaited."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from operate.runtime.stack import Stack
from operate.scenarios import quiescence
from operate.scenarios.organisation import create_organisation, publish
from operate.scenarios.session import OPERATOR_SCOPES, Session, TokenRequest
from operate.scenarios.stack import of_running
from tests.e2e.story import PACK, QUOTE, ZONE, Story
from tests.support.erp import CALLBACK_TOKEN, TOKEN
from tests.support.eventually import eventually
from tests.support.http_document import Shown, filled, require_alike, require_lines, sections_of

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "integrating.md"
SECTIONS: Final = sections_of(PAGE.read_text(encoding="utf-8"))
READING: Final = "cases:read cases:write settlement:read settlement:write sla:read changes:read"
SECONDS: Final = 60


@dataclass
class Reader:
    """Who follows the page, in an organisation of its own."""

    story: Story
    names: dict[str, str] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        return self.story.session

    async def send(self, shown: Shown) -> httpx2.Response:
        method, _, url = shown.first.partition(" ")
        headers = {name: filled(value, self.names) for name, value in shown.headers}
        body = filled(shown.body, self.names).strip()
        if headers.get("Content-Type", "").startswith("multipart"):
            body = "\r\n".join(body.splitlines()) + "\r\n"
        return await self.session.http.request(
            method, filled(url, self.names), headers=headers, content=body.encode(), timeout=SECONDS
        )

    def require_answer(self, shown: Shown, real: httpx2.Response) -> None:
        assert real.status_code == int(shown.first.split()[1]), real.text
        for name, value in shown.headers:
            if value == "{{position}}":
                self.names["position"] = real.headers[name]
            else:
                assert real.headers[name].startswith(filled(value, self.names))
        if shown.body:
            require_lines(shown.body, real.text, self.names)

    async def received(self, shown: Shown) -> tuple[dict[str, str], dict[str, Any]]:
        """Headers and body of what Redress sent to the shop or to the bank."""
        if "{{bank}}" in shown.first:
            [payment] = await self.listed(f"{self.names['bank']}/payments", "payments", organisation=True)
            return {}, payment["request"]
        deliveries = await self.listed(f"{self.session.stack.webhook_sink}/deliveries", "deliveries")
        assert [each["verified"] for each in deliveries] == [True]
        return deliveries[0]["headers"], json.loads(deliveries[0]["body"])

    async def listed(self, url: str, key: str, *, organisation: bool = False) -> list[dict[str, Any]]:
        name = "organisation" if organisation else "receiver"
        found: list[dict[str, Any]] = []

        async def came() -> bool:
            found[:] = (await self.session.sink(url, params={name: self.session.organisation}))[key]
            return bool(found)

        await eventually(came, within=SECONDS)
        return found


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def token(session: Session, subject: str, *, scope: str = READING, **claims: Any) -> str:
    roles = claims.pop("roles", ())
    return session.token(
        TokenRequest(organisation=session.organisation, subject=subject, roles=roles, scope=scope, **claims)
    )


@pytest.fixture(scope="module")
async def reader(e2e_stack: Stack) -> AsyncIterator[Reader]:
    async with httpx2.AsyncClient(trust_env=False) as http:
        session = Session(of_running(e2e_stack), http, organisation="", zone=ZONE)
        session.organisation = await create_organisation(session, "Integrating", session.instant("2026-04-09T09:00"))
        await publish(session, PACK.documents, effective_from=None)
        await quiescence.settle(session)
        people = {
            "administrator": token(session, "root", scope=OPERATOR_SCOPES),
            "shop": token(session, "web-shop", machine="web-shop"),
            "customer": token(session, "buyer", scope="my:read my:write", roles=("customer",), customer_ref="C-77"),
            "erp": token(session, "erp", machine="erp"),
            "user_of_the_erp": token(
                session, "wang", roles=("business_staff", "quality_objection_clerk", "objection_team"), machine="erp"
            ),
            "finance": token(session, "zhao", roles=("finance",)),
        }
        addresses = {
            "shop_hook": f"{session.stack.webhook_sink}/hooks/{session.organisation}",
            "bank": session.stack.erp,
        }
        secrets = {"bank_secret": TOKEN, "bank_callback_secret": CALLBACK_TOKEN}
        known = {**session.stack.services, **people, **addresses, **secrets, "organisation": session.organisation}
        yield Reader(Story(session, stranger=""), known)


async def the_shop_keeps_the_secret(reader: Reader) -> None:
    await reader.session.set_webhook_secret(reader.names["webhook_secret"])


async def the_team_offers_compensation(reader: Reader) -> None:
    story, case_id = reader.story, reader.names["case_id"]
    await story.step(case_id, "analyse", {"in_scope": True, "needs_visit": False, "opinion": "属异议范围"})
    await the_goods_are_confirmed(reader)
    await quiescence.settle(reader.session)
    quoted = await story.post("settlement", f"/v1/cases/{case_id}/remedies", QUOTE)
    await story.post("settlement", f"/v1/remedies/{quoted['remedy_id']}/offer", {"quote_hash": quoted["quote_hash"]})


async def the_goods_are_confirmed(reader: Reader) -> None:
    await reader.story.step(reader.names["case_id"], "confirm_origin", {"origin": "confirmed"})


async def finance_asks_for_a_payout(reader: Reader) -> None:
    """Of the case of the first page: it is approved, the agreement is signed and the result announced."""
    story, names = reader.story, reader.names
    case_id, remedy_id = names["case_id"], names["remedy_id"]
    session = reader.session
    credentials = {"scheme": "bearer", "secret": names["bank_secret"], "callback_secret": names["bank_callback_secret"]}
    await session.set_erp_credentials(session.organisation, credentials)
    fault = {"organisation": session.organisation, "kind": "pending", "times": 1}
    await session.sink(f"{names['bank']}/faults", json=fault)
    leader = token(session, "zhang", scope=OPERATOR_SCOPES, roles=("centre_leader",))
    shown = {"quote_hash": names["quote_hash"]}
    await story.post("settlement", f"/v1/remedies/{remedy_id}/approve", shown, headers=bearer(leader))
    for step, given in (
        ("record_liability", {"liability_basis": "site_evidence"}),
        ("draft_agreement", {"mode": "price_difference"}),
        ("sign_agreement", {"party": "seller", "signer": "王工"}),
        ("sign_agreement", {"party": "customer", "signer": "李经理"}),
        ("finalise_agreement", {}),
        ("issue_result_notice", {}),
    ):
        await story.step(case_id, step, given)
    await quiescence.settle(session)
    amount = {"amount": {"minor": 2_100_000, "currency": "CNY"}}
    await story.post("settlement", f"/v1/remedies/{remedy_id}/payout", amount, headers=bearer(names["finance"]))


async def the_run_pays(reader: Reader) -> None:
    body = {"organisation": reader.session.organisation, "status": "paid"}
    await reader.session.sink(f"{reader.names['bank']}/changes", json=body)


async def it_is_booked(reader: Reader) -> None:
    await _remedy_is(reader, "executed")


async def the_money_comes_back(reader: Reader) -> None:
    reason = {"code": "account_closed", "text": "Returned by the bank / 银行退票"}
    body = {"organisation": reader.session.organisation, "status": "reversed", **reason}
    await reader.session.sink(f"{reader.names['bank']}/changes", json=body)
    await _remedy_is(reader, "approved")


async def _remedy_is(reader: Reader, state: str) -> None:
    async def is_so() -> bool:
        remedy = await reader.story.get("settlement", f"/v1/remedies/{reader.names['remedy_id']}")
        return bool(remedy["state"] == state)

    await eventually(is_so, within=SECONDS)


MEANWHILE: Final[dict[str, Callable[[Reader], Awaitable[None]]]] = {
    work.__name__: work
    for work in (
        *(the_shop_keeps_the_secret, the_team_offers_compensation, the_goods_are_confirmed),
        *(finance_asks_for_a_payout, the_run_pays, it_is_booked, the_money_comes_back),
    )
}


async def play(reader: Reader, section: list[Shown]) -> None:
    """One page, from its first call to its last."""
    calls: Iterator[Shown] = iter(section)
    for shown in calls:
        if shown.meanwhile:
            await MEANWHILE[shown.meanwhile](reader)
        elif shown.is_of_redress and shown.first.startswith("POST"):
            headers, body = await reader.received(shown)
            require_alike(json.loads(shown.body), body, reader.names)
            assert all(name in headers for name, value in shown.headers if value == "…")
        elif not shown.is_answer:
            reader.require_answer(next(calls), await reader.send(shown))
        else:
            [payment] = await reader.listed(f"{reader.names['bank']}/payments", "payments", organisation=True)
            require_alike(json.loads(shown.body), payment, reader.names)


async def test_each_page_is_played_as_it_stands(reader: Reader) -> None:
    assert list(SECTIONS) == ["Shop", "ERP", "Bank"]
    await play(reader, SECTIONS["Shop"])
    of_the_shop = dict(reader.names)
    for name in ("case_id", "number"):
        del reader.names[name]
    await play(reader, SECTIONS["ERP"])
    reader.names |= of_the_shop
    await play(reader, SECTIONS["Bank"])
