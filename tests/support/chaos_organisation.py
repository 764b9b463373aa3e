"""An organisation with the reference pack on a simulated clock, and the calls that the tests of faults make."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httpx2

from operate.runtime.stack import Stack
from operate.scenarios import quiescence
from operate.scenarios.organisation import create_organisation, publish
from operate.scenarios.session import Answer, Session, TokenRequest
from operate.scenarios.stack import of_running
from operate.token_commands import USUAL_SCOPES
from shared.packs.publishing.load import load_pack

START = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
CASE = {
    "case_type": "quality_objection",
    "channel": "erp",
    "description": "边部裂纹",
    "customer": {"ref": "C-1", "name": "客户", "email": "load@chaos.example"},
    "facts": {"province": "Jiangsu", "product": "热轧卷", "grade": "Q235B", "quantity_t": "60", "order_ref": "SO-1"},
}


async def a_session(stack: Stack, http: httpx2.AsyncClient) -> Session:
    """An organisation of its own with the pack published."""
    session = Session(of_running(stack), http, organisation="", zone=ZoneInfo("Asia/Shanghai"))
    session.organisation = await create_organisation(session, "chaos", START)
    await publish(session, load_pack("laigang").documents, effective_from=None)
    await quiescence.settle(session)
    return session


def token(session: Session, *roles: str) -> str:
    """A clerk's token with these roles."""
    request = TokenRequest(organisation=session.organisation, subject="clerk", roles=roles, scope=USUAL_SCOPES)
    return session.token(request)


async def register(session: Session, key: str) -> Answer:
    """Register the case under this key."""
    return await session.call(
        "intake",
        "POST",
        "/v1/cases",
        token=token(session, "business_staff"),
        json=CASE,
        headers={"Idempotency-Key": key},
    )


async def take_step(session: Session, case_id: str, step: str, **entered: object) -> Answer:
    """Take a step under a key of its own."""
    return await session.call(
        "intake",
        "POST",
        f"/v1/cases/{case_id}/steps/{step}",
        token=token(session, "quality_objection_clerk", "objection_team"),
        json={"input": entered},
        headers={"Idempotency-Key": f"{step}-{case_id}"},
    )


async def registered_cases(session: Session) -> list[str]:
    """All case ids of the organisation, page by page."""
    found: list[str] = []
    after = ""
    while True:
        page = await session.operate("intake", "GET", f"/v1/cases?limit=100{after}")
        found += [item["case_id"] for item in page["items"]]
        if not page.get("next"):
            return found
        after = f"&after={page['next']}"
