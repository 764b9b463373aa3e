"""Two organisations on one stack: the main job played in the first, one case of it still open, and the second a stranger.

`ids` are the first one's, by the names that the routes give their path parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import httpx2

from operate.scenarios import quiescence
from operate.scenarios.organisation import create_organisation, publish
from operate.scenarios.run import run_file
from operate.scenarios.session import OPERATOR_SCOPES, Session, Stack, TokenRequest
from shared.kernel.actor import CUSTOMER_ROLE
from shared.kernel.ids import new_id
from shared.packs.publishing.load import ROOT, load_pack

ZONE = ZoneInfo("Asia/Shanghai")
PACK = load_pack("laigang")
DOCUMENTS: dict[str, Any] = dict(PACK.documents)
ROLES = tuple(role["id"] for role in DOCUMENTS["pack"]["roles"] if role["id"] != CUSTOMER_ROLE)
CUSTOMER = {"ref": "C-77", "name": "青岛某造船有限公司", "email": "buyer@story.example", "phone": "+86 532 7654321"}
FACTS = {"province": "Jiangsu", "product": "中厚板", "grade": "Q345B", "quantity_t": "60", "order_ref": "SO-77"}
CASE: dict[str, Any] = {"case_type": "quality_objection", "channel": "erp", "customer": CUSTOMER, "facts": FACTS}
CONTACT: dict[str, Any] = {
    "channel": "phone",
    "kind": "complaint",
    "caller": {"organisation": CUSTOMER["name"], "name": "于经理", "phone": CUSTOMER["phone"]},
    "summary": "来电反映板面划伤",
}
QUOTE = {
    "remedy": "price_difference",
    "inputs": {"contract_price": "4200.00", "downgraded_price": "3850.00", "quantity": "60", "customer_consent": True},
}
EXTENSION: dict[str, Any] = {"opinion": "用户设备检修，申请延期", "proposed_due_on": "2026-05-08"}
PAPER = {"files": {"file": ("letter.txt", "质量异议函".encode(), "text/plain")}, "data": {"kind": "objection_letter"}}


@dataclass
class Story:
    """What the tests know of it."""

    session: Session
    stranger: str
    ids: dict[str, str] = field(default_factory=dict)

    def token(self, organisation: str, *, scope: str = OPERATOR_SCOPES) -> str:
        """A token with every role and scope: nothing but the organisation stands in its way."""
        return self.session.token(TokenRequest(organisation=organisation, subject="everyman", roles=ROLES, scope=scope))

    def customer_token(self, organisation: str) -> str:
        """A token of the story's customer, in one or the other organisation."""
        return self.session.token(
            TokenRequest(
                organisation=organisation,
                subject="buyer",
                roles=(CUSTOMER_ROLE,),
                scope="my:read my:write",
                customer_ref=CUSTOMER["ref"],
            )
        )

    async def send(self, service: str, method: str, path: str, *, org: str, **options: Any) -> httpx2.Response:
        token = self.customer_token(org) if path.startswith("/v1/my/") else self.token(org)
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": new_id()}
        headers |= options.pop("headers", {})
        url = f"{self.session.stack.services[service]}{path}"
        return await self.session.http.request(method, url, headers=headers, timeout=60, **options)

    async def post(self, service: str, path: str, body: Any = None, **options: Any) -> dict[str, Any]:
        """A call of the first organisation that must succeed."""
        options |= {} if body is None else {"json": body}
        response = await self.send(service, "POST", path, org=self.session.organisation, **options)
        assert response.is_success, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def get(self, service: str, path: str) -> Any:
        response = await self.send(service, "GET", path, org=self.session.organisation)
        assert response.is_success, response.text
        return response.json()

    async def step(self, case_id: str, step: str, given: Mapping[str, Any], **options: Any) -> None:
        await self.post("intake", f"/v1/cases/{case_id}/steps/{step}", {"input": given}, **options)


async def tell(stack: Stack, http: httpx2.AsyncClient) -> Story:
    """Play it."""
    outcome = await run_file(ROOT / "laigang" / "scenarios" / "main_job.yaml", stack)
    assert outcome.passed, [step.differences for step in outcome.steps if step.differences]
    session = Session(stack, http, organisation=outcome.organisation, zone=ZONE)
    story = Story(session, stranger=await _a_stranger(stack, http))
    await _an_open_case(story)
    second = DOCUMENTS | {"pack": DOCUMENTS["pack"] | {"source": "second edition"}}
    await publish(session, second, effective_from="2027-01-01")
    await quiescence.settle(session)
    await _find_ids(story)
    [paid_case] = outcome.cases.values()
    await _find_payout(story, paid_case)
    return story


async def begin(stack: Stack, http: httpx2.AsyncClient, name: str, documents: Mapping[str, Any]) -> Story:
    """A story in a new organisation that has this pack, and nothing else yet."""
    session = Session(stack, http, organisation="", zone=ZONE)
    session.organisation = await create_organisation(session, name, session.instant("2026-04-09T09:00"))
    await publish(session, documents, effective_from=None)
    await quiescence.settle(session)
    return Story(session, stranger="")


async def _a_stranger(stack: Stack, http: httpx2.AsyncClient) -> str:
    """An organisation with the same pack and a case and a contact of its own."""
    story = await begin(stack, http, "A stranger", PACK.documents)
    await story.post("intake", "/v1/cases", CASE)
    await story.post("intake", "/v1/contacts", CONTACT)
    await quiescence.settle(story.session)
    return story.session.organisation


async def _an_open_case(story: Story) -> None:
    contact = await story.post("intake", "/v1/contacts", CONTACT)
    case_id = (await story.post("intake", "/v1/cases", CASE))["case_id"]
    filed = await story.post("intake", f"/v1/my/cases/{case_id}/evidence", **PAPER)
    await story.step(case_id, "analyse", {"in_scope": True, "needs_visit": True, "opinion": "划伤属异议范围"})
    await story.step(case_id, "confirm_origin", {"origin": "confirmed"})
    await quiescence.settle(story.session)
    extension = await story.post("sla", f"/v1/cases/{case_id}/clocks/cycle/extensions", EXTENSION)
    quoted = await story.post("settlement", f"/v1/cases/{case_id}/remedies", QUOTE)
    await story.post("settlement", f"/v1/remedies/{quoted['remedy_id']}/offer", {"quote_hash": quoted["quote_hash"]})
    story.ids |= {
        "case_id": case_id,
        "contact_id": contact["contact_id"],
        "evidence_id": filed["evidence_id"],
        "extension_id": extension["extension_id"],
        "clock_id": extension["clock_id"],
        "remedy_id": quoted["remedy_id"],
        "quote_hash": quoted["quote_hash"],
    }


async def _find_payout(story: Story, case_id: str) -> None:
    """The payment of the case that was played."""
    [remedy] = (await story.get("settlement", f"/v1/cases/{case_id}/remedies"))["items"]
    sheet = await story.get("settlement", f"/v1/remedies/{remedy['remedy_id']}/explain")
    story.ids["payout_id"] = sheet["payout"]["payout_id"]


async def _find_ids(story: Story) -> None:
    messages = await story.get("notify", f"/v1/cases/{story.ids['case_id']}/messages")
    webhook_id = (await story.get("notify", "/v1/webhooks"))["items"][0]["webhook_id"]
    deliveries = await story.get("notify", f"/v1/webhooks/{webhook_id}/deliveries?state=sent")
    story.ids |= {
        "message_id": messages["items"][0]["message_id"],
        "webhook_id": webhook_id,
        "delivery_id": deliveries["items"][0]["message_id"],
        "organisation_id": story.session.organisation,
        "link_id": new_id(),
        "clock": "cycle",
        "step": "classify",
        "pack": "laigang",
        "version": "2",
        "indicator": "average_cycle",
    }
