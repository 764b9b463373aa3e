"""Intake's tables on a real PostgreSQL, with the routes for organisations and policies in front of them."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from services.intake.migrations.schema import KERNEL
from services.intake.registry.routes import organisations, policies
from shared.platform.db.engine import Database, connect
from shared.platform.http.app import create_app
from shared.platform.settings import BaseServiceSettings
from shared.platform.worker import Progress
from tests.support.callers import TrustingVerifier, unsigned
from tests.support.packs import documents
from tests.support.persevering import PerseveringClient
from tests.support.settings import OF_A_TEST

BOOTSTRAP = "00000000-0000-7000-8000-000000000000"
MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Intake:
    db: Database
    client: httpx2.AsyncClient
    app: Any

    async def post(self, path: str, body: Any, *, org: str, key: str | None = None, scope: str = "") -> httpx2.Response:
        return await self.client.post(path, json=body, headers=headers(org, scope=scope, key=key or "any"))

    async def get(self, path: str, *, org: str, scope: str = "policy:read", **params: Any) -> httpx2.Response:
        return await self.client.get(path, params=params, headers=headers(org, scope=scope))

    async def organisation(self, *, now: datetime | None = MONDAY, name: str = "An organisation") -> str:
        body = {"name": name} | ({"simulated_now": now.isoformat()} if now else {})
        answer = await self.post("/v1/organisations", body, org=BOOTSTRAP, scope="admin", key=f"{name}{id(body)}")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["organisation_id"])

    async def publish(self, pack: dict[str, Any], *, org: str, key: str = "k", **more: Any) -> httpx2.Response:
        return await self.post("/v1/policies", {"documents": pack, **more}, org=org, scope="policy:write", key=key)

    async def events(self, kind: str) -> Sequence[Any]:
        outbox = KERNEL.outbox
        async with self.db.engine.connect() as conn:
            rows = await conn.execute(select(outbox).where(outbox.c.type == kind).order_by(outbox.c.seq))
            return rows.all()


def headers(org: str, *, scope: str, key: str = "") -> dict[str, str]:
    token = unsigned(org, scope=scope)
    return {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key[:200]} if key else {})


@pytest.fixture
async def intake(service_database: Callable[..., str]) -> AsyncIterator[Intake]:
    url = service_database("intake")
    settings = BaseServiceSettings(database_url=url, **OF_A_TEST)
    db = connect(url, kernel=KERNEL, pool_size=8, application_name="intake")
    app = create_app(
        service="intake",
        settings=settings,
        db=db,
        routers=[organisations.router, policies.router],
        progress=Progress(),
        verifier=TrustingVerifier(),
    )
    app.state.simulated_clocks_allowed = True
    async with PerseveringClient(transport=httpx2.ASGITransport(app=app), base_url="http://intake") as client:
        yield Intake(db, client, app)
    await db.dispose()


@pytest.fixture
def pack(tmp_path: Path) -> dict[str, Any]:
    return documents(tmp_path)
