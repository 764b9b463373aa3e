"""A toy service on a real PostgreSQL: one route that notes something, once per key."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fastapi import APIRouter, Depends, FastAPI, UploadFile
from pydantic import BaseModel
from sqlalchemy import BigInteger, Column, Identity, MetaData, Table, Text, insert, select, text
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.requests import Request
from starlette.responses import Response

from shared.contracts.intake import CaseAdvancedV1
from shared.kernel.errors import Conflict, NotFound, Rejected
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.engine import Database, asyncpg_url, connect
from shared.platform.db.tables import NAMING, kernel_tables
from shared.platform.db.transaction import Transaction
from shared.platform.http.app import create_app
from shared.platform.http.body_limit import body_limit
from shared.platform.http.catching_up import CaseRoute
from shared.platform.http.edge import Caller, Db, PathId, StrictModel, answer, needs, run_once, strict_body
from shared.platform.http.strict import DecimalText, ShortText
from shared.platform.progress import Progress
from shared.platform.settings import BaseServiceSettings
from tests.support.kernel import make_kernel
from tests.support.settings import OF_A_TEST, issued_by

METADATA = MetaData(schema="toy", naming_convention=NAMING)
KERNEL = kernel_tables(METADATA)
NOTE = Table(
    "note",
    METADATA,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("org_id", Text, nullable=False),
    Column("text", Text, nullable=False),
)
KEY = ed25519.Ed25519PrivateKey.from_private_bytes(b"t" * 32)
SIMULATED_NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


class NoteBody(StrictModel):
    text: ShortText
    amount: DecimalText = "0"
    count: int = 0
    facts: dict[str, Any] = {}


class Note(BaseModel):
    note_id: int
    text: str
    at: datetime


ROUTER = APIRouter()
Body = Annotated[NoteBody, strict_body(NoteBody)]
Writer = Annotated[Caller, Depends(needs("notes:write"))]
Reader = Annotated[Caller, Depends(needs("notes:read"))]


@ROUTER.post("/v1/notes", status_code=201, response_model=Note)
async def make_note(request: Request, body: Body, caller: Writer, db: Db) -> Response:
    """Make a note."""

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        if body.text == "slow":
            await asyncio.sleep(0.2)
        if body.text == "gate":
            raise Conflict(code="gate_closed", cite="LG-00 Art.0")
        if body.text == "crash":
            raise RuntimeError("secret text")
        seq = (
            await tx.execute(insert(NOTE).values(org_id=caller.org, text=body.text).returning(NOTE.c.seq))
        ).scalar_one()
        if body.text == "late":
            raise Rejected(code="too_late")
        return 201, Note(note_id=seq, text=body.text, at=now)

    return await run_once(request, db, caller, work)


@ROUTER.post("/v1/cases/{case_id}/notes", status_code=201, response_model=Note)
async def make_case_note(request: Request, case_id: PathId, body: Body, caller: Writer, db: Db) -> Response:
    """Make a note on a case."""

    async def work(_tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        if body.text == "slow":
            await asyncio.sleep(0.2)
        return 201, Note(note_id=0, text=case_id, at=now)

    return await run_once(request, db, caller, work)


@ROUTER.post("/v1/files", status_code=201)
async def put_file(request: Request, file: UploadFile, caller: Writer, db: Db) -> Response:
    """Store a file."""
    content = await file.read()

    async def work(_tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        return 201, Note(note_id=len(content), text="file", at=now)

    return await run_once(request, db, caller, work, fingerprint=content)


@ROUTER.post("/v1/raw", status_code=201)
@body_limit(2 * 2**20)
async def put_raw(request: Request, caller: Writer, db: Db) -> Response:
    """Store the body as it comes."""
    content = await request.body()

    async def work(_tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        return 201, Note(note_id=len(content), text="raw", at=now)

    return await run_once(request, db, caller, work)


@ROUTER.post("/v1/form", status_code=201)
@body_limit(2 * 2**20)
async def put_form(request: Request, caller: Writer, db: Db) -> Response:
    """Store a file of a form."""
    async with request.form(max_files=1) as form:
        file = form["file"]
        content = b"" if isinstance(file, str) else await file.read()

    async def work(_tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        return 201, Note(note_id=len(content), text="form", at=now)

    return await run_once(request, db, caller, work, fingerprint=content)


@ROUTER.get("/v1/notes/{note_id}", response_model=Note)
async def get_note(note_id: PathId, caller: Reader) -> Response:
    """One note."""
    return answer(Note(note_id=1, text=note_id, at=SIMULATED_NOW))


@ROUTER.get("/v1/both")
async def read_both(caller: Reader) -> Response:
    """One of two methods of a path."""
    return Response(caller.subject)


@ROUTER.post("/v1/both")
async def write_both(caller: Writer) -> Response:
    """The other one."""
    return Response(caller.subject)


@ROUTER.get("/v1/slow")
async def slow(caller: Reader) -> Response:
    """Takes its time."""
    await asyncio.sleep(0.3)
    return Response(caller.subject)


CASES = APIRouter(route_class=CaseRoute)


@CASES.post("/v1/cases/{case_id}/known", status_code=201, response_model=Note)
async def known_case(request: Request, case_id: PathId, body: Body, caller: Writer, db: Db) -> Response:
    """A note on a case that was noted before; 404 without."""

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        query = select(NOTE.c.seq).where(NOTE.c.org_id == caller.org, NOTE.c.text == case_id)
        if (await tx.execute(query)).first() is None:
            raise NotFound
        return 201, Note(note_id=0, text=body.text, at=now)

    return await run_once(request, db, caller, work)


@dataclass(frozen=True)
class Toy:
    app: FastAPI
    db: Database
    settings: BaseServiceSettings
    client: httpx2.AsyncClient
    org: OrgId
    simulated_org: OrgId

    def token(
        self, *, org: str | None = None, scopes: str = "notes:write notes:read operations:read", **claims: Any
    ) -> str:
        now = int(time.time())
        payload = {"iss": "redress-dev", "aud": "redress", "iat": now, "exp": now + 600, "sub": "li.wei"}
        payload |= {"org": org or self.org, "roles": ["business_staff"], "scope": scopes} | claims
        return jwt.encode(payload, KEY, algorithm="EdDSA", headers={"typ": "at+jwt"})

    def headers(self, *, key: str | None = None, token: str | None = None, **claims: Any) -> dict[str, str]:
        made = {"Authorization": f"Bearer {token or self.token(**claims)}", "Content-Type": "application/json"}
        return made | ({"Idempotency-Key": key} if key is not None else {})

    async def note(self, content: bytes | str, *, key: str | None = None, **claims: Any) -> httpx2.Response:
        return await self.client.post("/v1/notes", content=content, headers=self.headers(key=key, **claims))

    def other_app(self, **changes: Any) -> FastAPI:
        """The same service under other settings."""
        return build(self.settings.model_copy(update=changes), self.db)

    async def count(self) -> int:
        async with self.db.engine.connect() as conn:
            return len((await conn.execute(select(NOTE.c.seq))).all())


async def _make_schema(url: str) -> None:
    engine = create_async_engine(asyncpg_url(url))
    async with engine.begin() as conn:
        await conn.execute(text("CREATE SCHEMA toy"))
        await conn.execute(text("CREATE TABLE toy.alembic_version (version_num text)"))
        await conn.execute(text("INSERT INTO toy.alembic_version VALUES ('0001_kernel')"))
        await conn.run_sync(make_kernel, "toy")
        await conn.run_sync(NOTE.create)
    await engine.dispose()


def prepare(url: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, _make_schema(url)).result()


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("jwt") / "public.pem"
    file.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return file


@pytest.fixture
def settings(clone_database: Callable[..., str], key_file: Path) -> BaseServiceSettings:
    url = clone_database("toy", prepare)
    return BaseServiceSettings(database_url=url, **OF_A_TEST | issued_by(key_file), pool_size=25)


@pytest.fixture
async def toy(settings: BaseServiceSettings) -> AsyncIterator[Toy]:
    db = connect(settings.database_url, kernel=KERNEL, pool_size=settings.pool_size, application_name="toy")
    org, simulated_org = OrgId(new_id()), OrgId(new_id())
    async with db.engine.begin() as conn:
        await conn.execute(
            insert(KERNEL.organisation),
            [
                {"org_id": org, "name": "real", "simulated_now": None},
                {"org_id": simulated_org, "name": "simulated", "simulated_now": SIMULATED_NOW},
            ],
        )
    app = build(settings, db)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://toy") as client:
        yield Toy(app, db, settings, client, org, simulated_org)
    await db.dispose()


def build(settings: BaseServiceSettings, db: Database, **options: Any) -> FastAPI:
    async def pending(_tx: Transaction, _org: OrgId, now: datetime) -> tuple[dict[str, int], datetime | None]:
        return {"timers": 2}, now + timedelta(hours=1)

    return create_app(
        service="toy",
        settings=settings,
        db=db,
        routers=[ROUTER, CASES],
        progress=options.pop("progress", Progress()),
        pending=pending,
        subscribes=[CaseAdvancedV1],
        **options,
    )
