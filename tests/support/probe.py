"""A service that does nothing but keep a kernel: its tables, one event type, and a list of what was handled."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from sqlalchemy import BigInteger, Column, Identity, MetaData, Table, Text, UniqueConstraint, insert, select, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from shared.contracts import topics
from shared.contracts.envelope import Contract, Envelope
from shared.kernel.ids import OrgId
from shared.platform.db.engine import Database, asyncpg_url, connect
from shared.platform.db.tables import NAMING, kernel_tables
from shared.platform.db.transaction import Transaction, reading, transaction
from shared.platform.inbox.arrival import Handler
from shared.platform.outbox.append import Outgoing, append
from tests.support.kernel import make_kernel

METADATA = MetaData(schema="probe", naming_convention=NAMING)
KERNEL = kernel_tables(METADATA)
HANDLED = Table(
    "handled",
    METADATA,
    Column("seq", BigInteger, Identity(always=True), primary_key=True),
    Column("key", Text, nullable=False),
    Column("note", Text, nullable=False),
    UniqueConstraint("key", "note", name="uq_handled_key_note"),
)
ORG = OrgId("01890a5d-ac96-774b-bcce-b302099a8057")
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


class NoteMadeV1(Contract):
    TYPE: ClassVar[str] = "note.made.v1"
    TOPIC: ClassVar[str] = topics.INTAKE

    note: str


class NoteSeenV1(Contract):
    TYPE: ClassVar[str] = "note.seen.v1"
    TOPIC: ClassVar[str] = topics.INTAKE

    note: str


def a_note(key: str, version: int, note: str | None = None, *, seen: bool = False) -> Outgoing:
    contract = NoteSeenV1 if seen else NoteMadeV1
    return Outgoing(
        org=ORG,
        key=key,
        aggregate="note",
        aggregate_id=key,
        version=version,
        occurred_at=NOON,
        data=contract(note=note if note is not None else f"{key}-{version}"),
    )


async def publish(db: Database, *events: Outgoing) -> None:
    async with transaction(db) as tx:
        await append(tx, events)


async def count(db: Database, table: Table, *where: Any) -> int:
    async with reading(db) as tx:
        return len((await tx.execute(select(table).where(*where))).all())


async def rows(db: Database, table: Table) -> Sequence[Any]:
    async with reading(db) as tx:
        return (await tx.execute(select(table))).all()


async def handled(db: Database) -> list[str]:
    async with reading(db) as tx:
        return [note for (note,) in await tx.execute(select(HANDLED.c.note).order_by(HANDLED.c.seq))]


@dataclass
class Notebook:
    """A handler that writes notes down; notes named in `poison` or `absent` make it raise."""

    poison: set[str] = field(default_factory=set)
    absent: dict[str, Exception] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    async def note(self, tx: Transaction, event: Envelope[NoteMadeV1]) -> None:
        self.calls.append(event.data.note)
        await tx.execute(insert(HANDLED).values(key=event.key, note=event.data.note))
        if event.data.note in self.absent:
            raise self.absent[event.data.note]
        if event.data.note in self.poison:
            raise RuntimeError(f"cannot read {event.data.note}")

    @property
    def handlers(self) -> dict[type[Contract], Handler]:
        return {NoteMadeV1: self.note}


def prepare(url: str) -> None:
    """The schema of the probe, in an empty database."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, _prepare(url)).result()


async def _prepare(url: str) -> None:
    engine = create_async_engine(asyncpg_url(url), poolclass=NullPool)
    async with engine.begin() as conn:
        await conn.execute(text("CREATE SCHEMA probe"))
        await conn.run_sync(make_kernel, "probe")
        await conn.run_sync(HANDLED.create)
    await engine.dispose()


@pytest.fixture
def probe_url(clone_database: Callable[[str, Callable[[str], None]], str]) -> str:
    return clone_database("probe", prepare)


@pytest.fixture
async def db(probe_url: str) -> AsyncIterator[Database]:
    database = connect(probe_url, kernel=KERNEL, pool_size=20, application_name="probe")
    yield database
    await database.dispose()
