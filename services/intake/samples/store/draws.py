"""Draws and the cases that were drawn. A draw is written once; a drawn case is given once, under its row's lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    func,
    insert,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from services.intake.cases.store.tables import CASE
from services.intake.migrations.schema import METADATA
from services.intake.samples.rules import Done, DrawnSample, Outcome
from shared.kernel.ids import OrgId
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

_KEY: Final = ("org_id", "pack", "sample", "period")

SAMPLE_DRAW: Final = Table(
    "sample_draw",
    METADATA,
    uuid_column("org_id"),
    Column("pack", Text, nullable=False),
    Column("sample", Text, nullable=False),
    Column("period", Text, nullable=False),
    instant_column("starts_at"),
    instant_column("ends_at"),
    instant_column("decided_at"),
    Column("pack_version", Integer, key="policy_version", nullable=False),
    Column("outcome", Text, nullable=False),
    Column("code", Text),
    Column("seed", Text, nullable=False),
    Column("population", Integer),
    Column("wanted", Integer),
    Column("strata", Integer),
    Column("drawn", Integer, nullable=False),
    PrimaryKeyConstraint(*_KEY),
    CheckConstraint("outcome IN ('drawn', 'refused')", name="outcome"),
    CheckConstraint("(outcome = 'refused') = (code IS NOT NULL)", name="refused"),
    CheckConstraint("(outcome = 'drawn') = (population IS NOT NULL)", name="population"),
)

SAMPLE_CASE: Final = Table(
    "sample_case",
    METADATA,
    uuid_column("org_id"),
    Column("pack", Text, nullable=False),
    Column("sample", Text, nullable=False),
    Column("period", Text, nullable=False),
    uuid_column("case_id"),
    Column("number", Text, nullable=False),
    Column("strata", ARRAY(Text), nullable=False),
    Column("step", Text),
    Column("role", Text, nullable=False),
    Column("cite", Text, nullable=False),
    Column("done", Text, nullable=False),
    instant_column("given_at", nullable=True),
    uuid_column("given_id", nullable=True),
    Column("code", Text),
    PrimaryKeyConstraint(*_KEY, "case_id"),
    ForeignKeyConstraint(list(_KEY), [SAMPLE_DRAW.c[name] for name in _KEY]),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
    CheckConstraint("done IN ('waiting', 'given', 'refused')", name="done"),
    CheckConstraint("(done = 'refused') = (code IS NOT NULL)", name="refused"),
    CheckConstraint("(done = 'given') = (given_id IS NOT NULL)", name="given"),
    Index("ix_sample_case_task", "org_id", "case_id", postgresql_where=text("step IS NOT NULL")),
    Index("ix_sample_case_waiting", "org_id", "case_id", postgresql_where=text("done = 'waiting'")),
)
"""`given_id` is the case that was opened; of a step to take, an id of that instant, which later entries exceed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRow:
    """What became of one period of a sample."""

    pack: str
    sample: str
    period: str
    starts_at: datetime
    ends_at: datetime
    decided_at: datetime
    policy_version: int
    outcome: Outcome
    seed: str
    drawn: int = 0
    code: str | None = None
    population: int | None = None
    wanted: int | None = None
    strata: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnCaseRow:
    """A drawn case, what is to be done with it and by whom, and what became of that."""

    pack: str
    sample: str
    period: str
    case_id: str
    number: str
    strata: list[str]
    step: str | None
    role: str
    cite: str
    done: Done
    given_at: datetime | None
    given_id: str | None
    code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """For whom the cases of a draw are, and under which rule."""

    step: str | None
    role: str
    cite: str


async def is_drawn(tx: Transaction, *, org: OrgId, pack: str, sample: str, period: str) -> bool:
    """Whether the period has had its draw."""
    query = select(SAMPLE_DRAW.c.period).where(
        SAMPLE_DRAW.c.org_id == org,
        SAMPLE_DRAW.c.pack == pack,
        SAMPLE_DRAW.c.sample == sample,
        SAMPLE_DRAW.c.period == period,
    )
    return (await tx.execute(query)).one_or_none() is not None


async def add_draw(tx: Transaction, row: DrawRow, drawn: DrawnSample | None, given: Given, *, org: OrgId) -> None:
    """Write down a draw with its cases; none where it was refused."""
    values = {name: getattr(row, name) for name in DrawRow.__slots__}
    await tx.execute(insert(SAMPLE_DRAW).values(org_id=org, **values))
    if drawn is None or not drawn.members:
        return
    place = {"org_id": org, "pack": row.pack, "sample": row.sample, "period": row.period}
    of_all = {**place, "step": given.step, "role": given.role, "cite": given.cite, "done": "waiting"}
    cases = [
        {**of_all, "case_id": each.case_id, "number": each.number, "strata": list(each.strata)}
        for each in drawn.members
    ]
    await tx.execute(insert(SAMPLE_CASE), cases)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFilter:
    """Which draws a list shows; None shows all."""

    sample: str | None = None
    period: str | None = None


async def draws_page(
    tx: Transaction, chosen: SampleFilter, *, org: OrgId, after: tuple[str, ...] | None, limit: int
) -> Sequence[DrawRow]:
    """The organisation's draws, by pack, sample and period, beyond `after`."""
    table = SAMPLE_DRAW.c
    place = (table.pack, table.sample, table.period)
    query = select(*(table[name].label(name) for name in DrawRow.__slots__)).where(table.org_id == org)
    query = _of(query, SAMPLE_DRAW, chosen)
    if after is not None:
        query = query.where(tuple_(*place) > after)
    return [DrawRow(**row) for row in (await tx.execute(query.order_by(*place).limit(limit))).mappings()]


async def drawn_page(
    tx: Transaction, chosen: SampleFilter, *, org: OrgId, after: tuple[str, ...] | None, limit: int
) -> Sequence[DrawnCaseRow]:
    """The drawn cases, by pack, sample, period and id, beyond `after`."""
    table = SAMPLE_CASE.c
    place = (table.pack, table.sample, table.period, table.case_id)
    query = select(*(table[name] for name in DrawnCaseRow.__slots__)).where(table.org_id == org)
    query = _of(query, SAMPLE_CASE, chosen)
    if after is not None:
        query = query.where(tuple_(*place) > after)
    return [DrawnCaseRow(**row) for row in (await tx.execute(query.order_by(*place).limit(limit))).mappings()]


def _of(query: Select[Any], table: Table, chosen: SampleFilter) -> Select[Any]:
    if chosen.sample is not None:
        query = query.where(table.c.sample == chosen.sample)
    return query if chosen.period is None else query.where(table.c.period == chosen.period)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A drawn case that is not the role's yet, with the version of the pack by which it was drawn."""

    org: OrgId
    pack: str
    sample: str
    period: str
    case_id: str
    policy_version: int
    population: int
    drawn: int
    starts_at: datetime
    ends_at: datetime


async def claim_waiting(tx: Transaction) -> Waiting | None:
    """One of them, locked; those that others hold are passed over."""
    draw = SAMPLE_DRAW.c
    of_draws = tuple_(*(draw[name] for name in _KEY))
    joined = SAMPLE_CASE.join(SAMPLE_DRAW, tuple_(*(SAMPLE_CASE.c[name] for name in _KEY)) == of_draws)
    of_case = (SAMPLE_CASE.c.org_id, *(SAMPLE_CASE.c[name] for name in ("pack", "sample", "period", "case_id")))
    of_draw = (draw[name].label(name) for name in Waiting.__slots__[5:])
    query = (
        select(*of_case, *of_draw)
        .select_from(joined)
        .where(SAMPLE_CASE.c.done == "waiting")
        .order_by(SAMPLE_CASE.c.org_id, SAMPLE_CASE.c.case_id)
        .limit(1)
        .with_for_update(of=SAMPLE_CASE, skip_locked=True)
    )
    row = (await tx.execute(query)).mappings().one_or_none()
    return None if row is None else Waiting(org=OrgId(row["org_id"]), **{n: row[n] for n in Waiting.__slots__[1:]})


async def settle_waiting(
    tx: Transaction, waiting: Waiting, *, at: datetime, given_id: str | None, code: str | None
) -> None:
    """The case is the role's now, or `code` says what refused it."""
    table = SAMPLE_CASE.c
    mine = (
        table.org_id == waiting.org,
        table.pack == waiting.pack,
        table.sample == waiting.sample,
        table.period == waiting.period,
        table.case_id == waiting.case_id,
    )
    done: Done = "given" if code is None else "refused"
    changed = {"done": done, "given_at": at, "given_id": given_id, "code": code}
    await tx.execute(update(SAMPLE_CASE).where(*mine).values(**changed))


async def count_waiting(tx: Transaction, org: OrgId) -> int:
    """How many drawn cases of the organisation are not their role's yet."""
    query = select(func.count()).select_from(SAMPLE_CASE)
    mine = (SAMPLE_CASE.c.org_id == org, SAMPLE_CASE.c.done == "waiting")
    return int((await tx.execute(query.where(*mine))).scalar_one())
