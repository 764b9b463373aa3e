"""Settlement on a real PostgreSQL, its API in process, the ERP simulator behind its client, intake's events by hand."""

import time
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import FastAPI
from sqlalchemy import Table, insert, select, update

from operate.sinks.erp import create_app as erp_app
from operate.sinks.ledger import Booked, Credentials, Fault, FaultKind, Ledger
from services.settlement.app import create_app
from services.settlement.consumers import HANDLERS
from services.settlement.migrations.schema import KERNEL
from services.settlement.payouts.client import Erp
from services.settlement.payouts.jobs import pay_job
from services.settlement.remedies.jobs import EXPIRE_QUOTES
from services.settlement.settings import SettlementSettings
from shared.contracts.envelope import ActorV1, Contract, Envelope
from shared.contracts.intake import CaseAdvancedV1, CaseRegisteredV1, DocumentRefV1, PolicyRefV1, WithdrawsV1
from shared.kernel.ids import EventId, OrgId, new_id
from shared.platform.db.engine import Database, connect
from shared.platform.db.transaction import reading, transaction
from shared.platform.inbox.arrival import deliver
from shared.platform.progress import Progress
from shared.platform.sealing import sealer_of
from tests.support import packs
from tests.support.erp import CALLBACK_SECRET, SECRET, served
from tests.support.freight import freight_document
from tests.support.old_ids import old_id
from tests.support.persevering import PerseveringClient
from tests.support.settings import OF_A_TEST, issued_by
from tests.support.settlement import documents

SEALING_KEY = b64encode(b"k" * 32).decode()
KEY = ed25519.Ed25519PrivateKey.from_private_bytes(b"s" * 32)
START = datetime(2026, 3, 6, 2, tzinfo=UTC)
ERP_SECONDS = 3.0
"""How long the ERP's answer is awaited: longer than a busy machine takes to give it."""
SCOPES = "settlement:read settlement:write settlement:approve operations:read"
ROLES = {
    "wang": ["objection_team"],
    "buyer": ["agent"],
    "ma": ["unit_leader"],
    "liu": ["centre_leader"],
    "sun": ["finance"],
    "gao": ["warehouse"],
    "lin": ["clerk"],
    "lin_of_team": ["objection_team"],
}
PRICES: dict[str, Any] = {"contract_price": "4200.00", "downgraded_price": "3850.00", "customer_consent": True}


@dataclass
class Desk:
    """One organisation at settlement: its people call, its cases arrive as events, its ERP can be made to fail."""

    app: FastAPI
    db: Database
    client: httpx2.AsyncClient
    org: OrgId
    books: Ledger
    erp_url: str
    pay: Callable[[], Any]
    expire: Callable[[], Any]
    now: datetime = START
    versions: dict[str, int] = field(default_factory=dict)
    policy: int = 1

    def token(self, who: str, *, org: str | None = None, scopes: str = SCOPES) -> str:
        now = int(time.time())
        claims = {"iss": "redress-dev", "aud": "redress", "iat": now, "exp": now + 600, "sub": who}
        claims |= {"org": org or self.org, "roles": ROLES.get(who, []), "scope": scopes}
        return jwt.encode(claims, KEY, algorithm="EdDSA", headers={"typ": "at+jwt"})

    async def post(
        self, who: str, path: str, body: object, *, key: str | None = None, **claims: Any
    ) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.token(who, **claims)}", "Idempotency-Key": key or new_id()}
        return await self.client.post(path, json=body, headers=headers)

    async def get(self, path: str, *, who: str = "wang", **claims: Any) -> Any:
        response = await self.client.get(path, headers={"Authorization": f"Bearer {self.token(who, **claims)}"})
        return response.json()

    async def act(self, who: str, remedy: dict[str, Any], action: str, **body: Any) -> httpx2.Response:
        if action in {"offer", "accept", "approve"}:
            body = {"quote_hash": remedy["quote_hash"], **body}
        if action == "payout":
            body = {"amount": {"minor": remedy["amount"]["minor"], "currency": "CNY"}, **body}
        return await self.post(who, f"/v1/remedies/{remedy['remedy_id']}/{action}", body)

    async def tell(self, data: Contract, *, at: datetime | None = None) -> None:
        """Hand an event to its consumer, as the kernel would."""
        case_id: str = data.case_id  # type: ignore[attr-defined]
        self.versions[case_id] = self.versions.get(case_id, 0) + 1
        event = Envelope(
            id=EventId(new_id()),
            org=self.org,
            key=case_id,
            aggregate="case",
            aggregate_id=case_id,
            version=self.versions[case_id],
            occurred_at=at or self.now,
            correlation_id="test",
            traceparent=None,
            data=data,
        )
        async with transaction(self.db) as tx:
            await deliver(tx, HANDLERS[type(data)], [event])

    async def a_case(self, *, customer: str = "C-1", order: str | None = None, **facts: Any) -> str:
        """A case that is open and whose origin is confirmed, unless facts say otherwise."""
        case_id = old_id()
        await self.tell(
            CaseRegisteredV1(
                case_id=case_id,
                number="QO-202603-00001",
                case_type="quality_objection",
                channel="erp",
                status="registered",
                policy=PolicyRefV1(pack="laigang", version=self.policy),
                received_at=self.now,
                first_responder="chen",
                owner="business_staff",
                customer_ref=customer,
                order_ref=order,
                facts={},
                actor=ActorV1(subject="chen"),
            )
        )
        await self.advance(case_id, "case.accepted", actor="chen", **facts)
        return case_id

    async def advance(
        self,
        case_id: str,
        *milestones: str,
        actor: str = "wang",
        document: DocumentRefV1 | None = None,
        case_type: str = "quality_objection",
        withdraws: tuple[WithdrawsV1, ...] = (),
        at: datetime | None = None,
        **facts: Any,
    ) -> None:
        await self.tell(
            CaseAdvancedV1(
                case_id=case_id,
                number="QO-202603-00001",
                case_type=case_type,
                step="step",
                milestones=list(milestones),
                status="accepted",
                facts={"quantity_t": "60", "origin": "confirmed", **facts},
                document=document,
                withdraws=list(withdraws),
                owner="objection_team",
                first_responder="chen",
                actor=ActorV1(subject=actor),
                at=self.now,
            ),
            at=at,
        )

    async def issue_notice(self, case_id: str, amount_minor: int) -> str:
        """Agreement signed and result notice issued over an amount; returns the notice's id."""
        document_id = new_id()
        notice = DocumentRefV1(
            document_id=document_id,
            template="result_notice",
            number="TZ-2026-00001",
            state="final",
            fields={"amount_minor": amount_minor},
        )
        await self.advance(case_id, "agreement.signed")
        await self.advance(case_id, "result_notice.issued", document=notice)
        return document_id

    async def quote(self, case_id: str, remedy: str = "price_difference", **inputs: Any) -> dict[str, Any]:
        given = inputs or PRICES
        response = await self.post("wang", f"/v1/cases/{case_id}/remedies", {"remedy": remedy, "inputs": given})
        assert response.status_code == 201, response.text
        body: dict[str, Any] = response.json()
        return body

    async def accepted(self, case_id: str, remedy: str = "price_difference", **inputs: Any) -> dict[str, Any]:
        quoted = await self.quote(case_id, remedy, **inputs)
        assert (await self.act("wang", quoted, "offer")).status_code == 200
        response = await self.act("buyer", quoted, "accept")
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    async def payable(
        self, remedy: str = "price_difference", *, case_id: str | None = None, **inputs: Any
    ) -> dict[str, Any]:
        """A remedy accepted, approved, with its notice issued."""
        case_id = case_id or await self.a_case()
        accepted = await self.accepted(case_id, remedy, **inputs)
        approved = await self.act("liu", accepted, "approve")
        assert approved.json()["state"] == "approved", approved.text
        await self.issue_notice(case_id, accepted["amount"]["minor"])
        body: dict[str, Any] = approved.json()
        return body

    async def state(self, remedy: dict[str, Any]) -> str:
        state: str = (await self.get(f"/v1/remedies/{remedy['remedy_id']}"))["state"]
        return state

    async def section(self) -> dict[str, Any]:
        """The settlement section of the first version of the pack."""
        table = KERNEL.policy_version
        async with reading(self.db) as tx:
            sections: Any = (await tx.execute(select(table.c.sections).where(table.c.version == 1))).scalars().first()
        found: dict[str, Any] = sections["settlement"]
        return found

    async def publish(self, **settlement: Any) -> None:
        """A further version of the pack, whose settlement section says this too; later cases follow it."""
        table = KERNEL.policy_version
        async with transaction(self.db) as tx:
            sections: Any = (
                (await tx.execute(select(table.c.sections).where(table.c.org_id == self.org))).scalars().first()
            )
            self.policy += 1
            changed = {**sections, "settlement": {**sections["settlement"], **settlement}}
            row = {"org_id": self.org, "pack": "laigang", "version": self.policy, "effective_from": START.date()}
            await tx.execute(insert(table).values(**row, digest=new_id(), sections=changed))

    async def another_organisation(self) -> str:
        other = new_id()
        async with transaction(self.db) as tx:
            await tx.execute(insert(KERNEL.organisation).values(org_id=other, name="other", simulated_now=START))
        return other

    async def pass_time(self, span: timedelta) -> None:
        self.now += span
        clock = update(KERNEL.organisation).where(KERNEL.organisation.c.org_id == self.org)
        async with transaction(self.db) as tx:
            await tx.execute(clock.values(simulated_now=self.now))

    async def set_erp(self, url: str, **changes: Any) -> httpx2.Response:
        """The ERP of the organisation, as its administrator sets it."""
        body = {"url": url, "scheme": "signature", "secret": SECRET, "callback_secret": CALLBACK_SECRET, **changes}
        headers = {"Authorization": f"Bearer {self.token('root', scopes='admin')}"}
        return await self.client.put("/v1/erp", json=body, headers=headers)

    async def resolve(self, remedy: dict[str, Any], decision: str, **more: Any) -> httpx2.Response:
        """A person's decision about the payout of a remedy."""
        sheet = await self.get(f"/v1/remedies/{remedy['remedy_id']}/explain")
        path = f"/v1/payouts/{sheet['payout']['payout_id']}/resolution"
        return await self.post(
            "sun", path, {"decision": decision, "reason": "looked into the ERP", **more}, scopes="admin"
        )

    def booked(self) -> Booked:
        """The newest payment at the ERP."""
        return self.books.of(self.org)[-1]

    def fault(self, kind: FaultKind, times: int = 1) -> None:
        self.books.set_fault(self.org, Fault(kind, times))

    def paid(self) -> list[Any]:
        """What the ERP has really paid for this organisation."""
        return [each.payment.amount_minor for each in self.books.of(self.org) if each.payment.status == "paid"]

    async def events(self) -> list[str]:
        """The types appended to the outbox, oldest first."""
        async with reading(self.db) as tx:
            return list((await tx.execute(select(KERNEL.outbox.c.type).order_by(KERNEL.outbox.c.seq))).scalars())

    async def rows(self, table: Table) -> list[Any]:
        async with reading(self.db) as tx:
            return list((await tx.execute(select(table))).all())


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("jwt") / "public.pem"
    file.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return file


@pytest.fixture
async def desk(service_database: Callable[..., str], key_file: Path, tmp_path: Path) -> AsyncIterator[Desk]:
    settings = SettlementSettings(
        database_url=service_database("settlement"),
        **OF_A_TEST | issued_by(key_file),
        sealing_keys=SEALING_KEY,
        erp_callback_url="http://127.0.0.1:1",
        erp_allow_private=True,
        pool_size=25,
    )
    db = connect(settings.database_url, kernel=KERNEL, pool_size=25, application_name="settlement")
    org = OrgId(new_id())
    yen = {**documents()["remedies"][0], "id": "difference_in_yen", "currency": "JPY"}
    remedies = [*documents()["remedies"], *freight_document()["remedies"], yen]
    of_claims = {"up_to": None, "roles": ["chairman"], "case_types": ["claim"], "cite": "LG-36 Art.36"}
    approval = [*documents()["approval"], of_claims]
    who = documents()["who"] | {"accept": {"roles": ["agent"], "cite": "LG-36 Art.36"}}
    pack = {
        **packs.documents(tmp_path),
        "settlement": {**documents(), "remedies": remedies, "who": who, "approval": approval},
    }
    pack["intake"]["case_types"][0] |= {"id": "quality_objection", "visible_to_customer": True}
    async with transaction(db) as tx:
        await tx.execute(insert(KERNEL.organisation).values(org_id=org, name="steel", simulated_now=START))
        await tx.execute(
            insert(KERNEL.policy_version).values(
                org_id=org, pack="laigang", version=1, effective_from=START.date(), digest="d", sections=pack
            )
        )
    app, books = create_app(settings, db, Progress()), Ledger()
    books.admit(org, Credentials(scheme="signature", secret=SECRET, callback_secret=CALLBACK_SECRET))
    erp = Erp(timeout_seconds=ERP_SECONDS, allow_loopback=True)
    pay = pay_job(erp, sealer_of(settings.sealing_keys), erp_timeout_seconds=ERP_SECONDS)
    async with (
        served(erp_app(books)) as url,
        PerseveringClient(transport=httpx2.ASGITransport(app=app), base_url="http://settlement") as client,
    ):
        desk = Desk(app, db, client, org, books, url, lambda: pay.run(db), lambda: EXPIRE_QUOTES.run(db))
        assert (await desk.set_erp(url)).status_code == 200
        yield desk
    await erp.close()
    await db.dispose()
