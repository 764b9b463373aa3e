"""An organisation with the small pack of what the calendar brings, and calls in any person's name."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import orjson
from sqlalchemy import update

from services.intake.migrations.schema import KERNEL
from services.intake.recurring.jobs import open_simulated
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import transaction
from shared.platform.organisations import remember
from tests.integration.intake.conftest import CUSTOMER, Intake
from tests.support.timed_pack import timed_documents

CLERK, LEADER = ("clerk",), ("leader",)


class Desk:
    """One organisation with the small pack."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.db = intake.db

    async def call(
        self, method: str, path: str, body: Any = None, *, scope: str | None = None, **more: Any
    ) -> httpx2.Response:
        said = {"org": more.pop("org", self.intake.org), "sub": "li", "roles": more.pop("roles", CLERK)} | {
            "scope": "cases:read cases:write operations:read" if scope is None else scope
        }
        headers = {"Authorization": f"Bearer {orjson.dumps(said).hex()}", "Idempotency-Key": more.pop("key", new_id())}
        return await self.intake.client.request(method, path, json=body, headers=headers, **more)

    async def publish(self, documents: dict[str, Any]) -> None:
        answer = await self.call("POST", "/v1/policies", {"documents": documents}, scope="policy:write")
        assert answer.status_code == 201, answer.text

    async def at(self, now: str) -> None:
        table = KERNEL.organisation
        moved = update(table).where(table.c.org_id == self.intake.org)
        async with transaction(self.db) as tx:
            await tx.execute(moved.values(simulated_now=datetime.fromisoformat(now).replace(tzinfo=UTC)))

    async def sweep(self, workers: int = 1) -> int:
        return sum(await asyncio.gather(*(open_simulated(self.db) for _ in range(workers))))

    async def periods(self, recurring: str) -> list[dict[str, Any]]:
        answer = await self.call("GET", "/v1/recurring", params={"recurring": recurring})
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def page(self, case_id: str, *, roles: tuple[str, ...] = CLERK) -> dict[str, Any]:
        page: dict[str, Any] = (await self.call("GET", f"/v1/cases/{case_id}", roles=roles)).json()
        return page

    async def quiescence(self) -> tuple[int, str | None]:
        look = (await self.call("GET", "/v1/quiescence")).json()
        return look["work"]["recurring"], look["next_due_at"]

    async def register(self, *, key: str | None = None, **body: Any) -> dict[str, Any]:
        complaint = {"case_type": "complaint", "channel": "web", "customer": CUSTOMER}
        answer = await self.call("POST", "/v1/cases", complaint | body, key=key or new_id())
        assert answer.status_code == 201, answer.text
        case: dict[str, Any] = answer.json()
        return case

    def headers(self, scope: str) -> dict[str, str]:
        """Those of a call by the clerk."""
        said = {"org": self.intake.org, "sub": "li", "roles": CLERK, "scope": scope}
        return {"Authorization": f"Bearer {orjson.dumps(said).hex()}", "Idempotency-Key": new_id()}

    async def send(self, case_id: str, content: bytes, *, filename: str) -> httpx2.Response:
        return await self.intake.client.post(
            f"/v1/cases/{case_id}/evidence",
            files={"file": (filename, content, "image/png")},
            data={"kind": "photo"},
            headers=self.headers("cases:read cases:write"),
        )

    async def step(self, case_id: str, step: str, *, roles: tuple[str, ...] = CLERK, **given: Any) -> None:
        answer = await self.call("POST", f"/v1/cases/{case_id}/steps/{step}", {"input": given}, roles=roles)
        assert answer.status_code == 200, answer.text

    async def close(self, case_id: str) -> None:
        await self.step(case_id, "accept")
        await self.step(case_id, "close", roles=LEADER)

    async def closed_complaint(self, **facts: Any) -> str:
        case = await self.register(facts=facts)
        await self.close(case["case_id"])
        return str(case["number"])


async def a_desk(intake: Intake, folder: Path, *, now: datetime | None) -> Desk:
    """A new organisation that publishes the pack; on a clock of its own when `now` is given."""
    org = OrgId(new_id())
    async with transaction(intake.db) as tx:
        await remember(tx, org, name="Small", simulated_now=now)
    desk = Desk(replace(intake, org=org))
    await desk.publish(timed_documents(folder))
    return desk
