"""Intake on a real PostgreSQL with the reference pack, one organisation on its own clock and a foreign one."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from sqlalchemy import select, update

from services.intake.app import create_app
from services.intake.consumers import HANDLERS
from services.intake.migrations.schema import KERNEL
from services.intake.settings import IntakeSettings
from shared.contracts.envelope import Contract, Envelope
from shared.kernel.ids import EventId, OrgId, new_id
from shared.packs.publishing.load import load_pack
from shared.platform.db.engine import Database, connect
from shared.platform.db.transaction import transaction
from shared.platform.inbox.arrival import deliver
from shared.platform.organisations import remember
from shared.platform.worker import Progress
from tests.support.callers import TrustingVerifier, bearer
from tests.support.persevering import PerseveringClient
from tests.support.settings import OF_A_TEST
from tests.support.statements import statements_of

KEY = Ed25519PrivateKey.from_private_bytes(b"i" * 32)
START = datetime(2026, 3, 5, 1, tzinfo=UTC)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6364f8cf500f0003860180"
    "5a34ad740000000049454e44ae426082"
)
CLERK = ("business_staff", "quality_objection_clerk")
ROLES = {
    "chen": CLERK,
    "wang": ("objection_team",),
    "law": ("legal_affairs",),
    "erp": ("erp",),
    "li": ("clerk",),
    "zhou": ("leader",),
    "lin": ("workshop",),
}
CUSTOMER = {"ref": "C-2201", "name": "江苏某机械有限公司", "email": "buyer@example.com", "phone": "+86 510 1234567"}
FACTS = {"province": "Jiangsu", "product": "热轧卷", "grade": "Q235B", "quantity_t": "60", "order_ref": "SO-1"}
BODY: dict[str, Any] = {"case_type": "quality_objection", "channel": "erp", "customer": CUSTOMER, "facts": FACTS}


@dataclass
class Intake:
    """What a test holds: the app, the database, and callers of two organisations."""

    app: FastAPI
    db: Database
    client: httpx2.AsyncClient
    org: OrgId
    foreign: OrgId
    versions: dict[str, int] = field(default_factory=dict)

    def headers(
        self, by: str = "chen", *, org: str | None = None, key: str | None = None, scope: str | None = None
    ) -> dict[str, str]:
        scope = "cases:read cases:write my:read my:write" if scope is None else scope
        is_whom = {"customer_ref": CUSTOMER["ref"]} if by == "buyer" else {"roles": list(ROLES.get(by, ()))}
        token = bearer(org or self.org, sub=by, scope=scope, **is_whom)
        return {**token, "Idempotency-Key": key or new_id()}

    async def post(self, path: str, body: Any = None, *, by: str = "chen", **how: Any) -> httpx2.Response:
        return await self.client.post(path, json={} if body is None else body, headers=self.headers(by, **how))

    async def get(self, path: str, *, by: str = "chen", org: str | None = None, **params: Any) -> httpx2.Response:
        return await self.client.get(path, params=params, headers=self.headers(by, org=org))

    async def register(self, *, by: str = "chen", **changes: Any) -> str:
        answer = await self.post("/v1/cases", BODY | changes, by=by)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["case_id"])

    async def step(
        self, case_id: str, step: str, given: dict[str, Any] | None = None, *, by: str = "chen", **more: Any
    ) -> httpx2.Response:
        return await self.post(f"/v1/cases/{case_id}/steps/{step}", {"input": given or {}, **more}, by=by)

    async def taken(
        self, case_id: str, step: str, given: dict[str, Any] | None = None, *, by: str = "chen", **more: Any
    ) -> dict[str, Any]:
        answer = await self.step(case_id, step, given, by=by, **more)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def page(self, case_id: str, *, by: str = "chen") -> dict[str, Any]:
        answer = await self.get(f"/v1/cases/{case_id}", by=by)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def send(
        self,
        case_id: str,
        content: bytes,
        *,
        kind: str = "photo",
        media_type: str = "image/png",
        filename: str = "a.png",
        **how: Any,
    ) -> httpx2.Response:
        return await self.client.post(
            f"/v1/cases/{case_id}/evidence",
            files={"file": (filename, content, media_type)},
            data={"kind": kind},
            headers=self.headers(**how),
        )

    async def advance(self, by: timedelta) -> datetime:
        table = KERNEL.organisation
        moved = update(table).where(table.c.org_id == self.org).values(simulated_now=table.c.simulated_now + by)
        async with transaction(self.db) as tx:
            now: datetime = (await tx.execute(moved.returning(table.c.simulated_now))).scalar_one()
            return now

    async def events(self, contract: str | None = None) -> Sequence[Any]:
        outbox = KERNEL.outbox
        query = select(outbox).order_by(outbox.c.seq)
        async with self.db.engine.connect() as conn:
            return (await conn.execute(query.where(outbox.c.type == contract) if contract else query)).all()

    async def hear(self, data: Contract, *, thing: str, version: int | None = None, at: datetime = START) -> None:
        """Handle an event of another service as the consumer would, in a transaction of its own."""
        self.versions[thing] = version or self.versions.get(thing, 0) + 1
        envelope = Envelope(
            id=EventId(new_id()),
            org=self.org,
            key=data.case_id,  # type: ignore[attr-defined]
            aggregate="thing",
            aggregate_id=thing,
            version=self.versions[thing],
            occurred_at=at,
            correlation_id="c",
            traceparent=None,
            data=data,
        )
        async with transaction(self.db) as tx:
            await deliver(tx, HANDLERS[type(data)], [envelope])


class Statements:
    """Counts the statements that reach the database."""

    def __init__(self, db: Database) -> None:
        self.seen = statements_of(db.engine.sync_engine)


@pytest.fixture(scope="session")
def pack_documents() -> Any:
    loaded = load_pack("laigang")
    assert not loaded.errors, loaded.errors
    return loaded.documents, loaded.digest


@pytest.fixture
async def intake(service_database: Callable[..., str], pack_documents: Any, tmp_path: Path) -> AsyncIterator[Intake]:
    url = service_database("intake")
    settings = IntakeSettings(
        database_url=url,
        **OF_A_TEST,
        pool_size=25,
        storage_url=f"file://{tmp_path}/objects",
    )
    db = connect(url, kernel=KERNEL, pool_size=25, application_name="intake")
    app = create_app(settings, db, Progress())
    app.state.verifier = TrustingVerifier()
    org, foreign = OrgId(new_id()), OrgId(new_id())
    documents, digest = pack_documents
    async with transaction(db) as tx:
        for one in (org, foreign):
            await remember(tx, one, name="An organisation", simulated_now=START)
            await tx.execute(
                KERNEL.policy_version.insert().values(
                    org_id=one,
                    pack="laigang",
                    version=1,
                    effective_from=datetime(2026, 1, 1, tzinfo=UTC).date(),
                    digest=digest,
                    sections=documents,
                    published_at=START,
                )
            )
    async with PerseveringClient(transport=httpx2.ASGITransport(app=app), base_url="http://intake") as client:
        yield Intake(app, db, client, org, foreign)
    await db.dispose()


@pytest.fixture
def statements(intake: Intake) -> Statements:
    return Statements(intake.db)
