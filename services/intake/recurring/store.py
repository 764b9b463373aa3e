"""Recurring cases: when each is opened next, what became of every period, and whom a sample may draw.

The `recurrence` row is locked while a case is opened, so each period is settled once and in order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    RowMapping,
    Table,
    Text,
    func,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.intake.cases.store.tables import CASE
from services.intake.migrations.schema import METADATA
from services.intake.recurring.rules import Outcome
from shared.kernel.ids import OrgId
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

RECURRENCE: Final = Table(
    "recurrence",
    METADATA,
    uuid_column("org_id"),
    Column("pack", Text, nullable=False),
    Column("recurring", Text, nullable=False),
    instant_column("since"),
    instant_column("next_at", nullable=True),
    PrimaryKeyConstraint("org_id", "pack", "recurring"),
    CheckConstraint("next_at >= since", name="next_at"),
    Index("ix_recurrence_next_at", "next_at"),
)
"""Everything before `since` is settled."""

RECURRING_PERIOD: Final = Table(
    "recurring_period",
    METADATA,
    uuid_column("org_id"),
    Column("pack", Text, nullable=False),
    Column("recurring", Text, nullable=False),
    Column("period", Text, nullable=False),
    instant_column("starts_at"),
    instant_column("ends_at"),
    instant_column("due_at"),
    instant_column("decided_at"),
    Column("pack_version", Integer, key="policy_version", nullable=False),
    Column("outcome", Text, nullable=False),
    uuid_column("case_id", nullable=True),
    Column("number", Text),
    Column("code", Text),
    Column("population", Integer),
    Column("sample", JSONB),
    PrimaryKeyConstraint("org_id", "pack", "recurring", "period"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
    CheckConstraint("outcome IN ('opened', 'skipped', 'refused')", name="outcome"),
    CheckConstraint("(outcome = 'opened') = (case_id IS NOT NULL AND number IS NOT NULL)", name="opened"),
    CheckConstraint("(outcome = 'refused') = (code IS NOT NULL)", name="refused"),
    CheckConstraint("(population IS NULL) = (sample IS NULL)", name="sample"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A recurring case of an organisation. `next_at` is None while no version of the pack wants one."""

    org: OrgId
    pack: str
    recurring: str
    since: datetime
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRow:
    """What became of one period; `sample` are the numbers of the drawn cases."""

    pack: str
    recurring: str
    period: str
    starts_at: datetime
    ends_at: datetime
    due_at: datetime
    decided_at: datetime
    policy_version: int
    outcome: Outcome
    case_id: str | None = None
    number: str | None = None
    code: str | None = None
    population: int | None = None
    sample: list[str] | None = None


async def claim_due(tx: Transaction, *, simulated: bool) -> Recurrence | None:
    """The recurrence that is due first on its organisation's clock, locked; those that others hold are passed over."""
    clocks = tx.kernel.organisation
    now = clocks.c.simulated_now if simulated else func.now()
    query = (
        select(RECURRENCE)
        .join(clocks, clocks.c.org_id == RECURRENCE.c.org_id)
        .where(clocks.c.simulated_now.is_not(None) if simulated else clocks.c.simulated_now.is_(None))
        .where(RECURRENCE.c.next_at <= now)
        .order_by(RECURRENCE.c.next_at, RECURRENCE.c.org_id, RECURRENCE.c.pack, RECURRENCE.c.recurring)
        .limit(1)
        .with_for_update(of=RECURRENCE, skip_locked=True)
    )
    row = (await tx.execute(query)).mappings().one_or_none()
    return None if row is None else _recurrence(row)


async def recurrences_of(tx: Transaction, *, org: OrgId, pack: str) -> dict[str, Recurrence]:
    """The pack's recurrences by id, locked."""
    query = select(RECURRENCE).where(RECURRENCE.c.org_id == org, RECURRENCE.c.pack == pack)
    rows = (await tx.execute(query.order_by(RECURRENCE.c.recurring).with_for_update())).mappings()
    return {row["recurring"]: _recurrence(row) for row in rows}


async def save_recurrence(tx: Transaction, recurrence: Recurrence) -> None:
    """Insert it or write when it is due next."""
    statement = insert(RECURRENCE).values(
        org_id=recurrence.org,
        pack=recurrence.pack,
        recurring=recurrence.recurring,
        since=recurrence.since,
        next_at=recurrence.next_at,
    )
    key = [RECURRENCE.c.org_id, RECURRENCE.c.pack, RECURRENCE.c.recurring]
    changed = {"since": recurrence.since, "next_at": recurrence.next_at}
    await tx.execute(statement.on_conflict_do_update(index_elements=key, set_=changed))


async def is_settled(tx: Transaction, recurrence: Recurrence, *, period: str) -> bool:
    """Whether the period has had its turn."""
    table = RECURRING_PERIOD.c
    query = select(table.period).where(
        table.org_id == recurrence.org,
        table.pack == recurrence.pack,
        table.recurring == recurrence.recurring,
        table.period == period,
    )
    return (await tx.execute(query)).one_or_none() is not None


async def settle(tx: Transaction, org: OrgId, row: PeriodRow) -> None:
    """Write down what became of a period."""
    values = {name: getattr(row, name) for name in PeriodRow.__slots__}
    if values["sample"] is None:
        del values["sample"]  # SQL's NULL, not JSON's
    await tx.execute(insert(RECURRING_PERIOD).values(org_id=org, **values))


async def periods_page(
    tx: Transaction, *, org: OrgId, recurring: str | None, after: tuple[str, ...] | None, limit: int
) -> Sequence[PeriodRow]:
    """What became of the organisation's periods, by pack, rule and period, beyond `after`."""
    table = RECURRING_PERIOD.c
    place = (table.pack, table.recurring, table.period)
    query = select(*(table[name].label(name) for name in PeriodRow.__slots__)).where(table.org_id == org)
    if recurring is not None:
        query = query.where(table.recurring == recurring)
    if after is not None:
        query = query.where(tuple_(*place) > after)
    rows = (await tx.execute(query.order_by(*place).limit(limit))).mappings()
    return [PeriodRow(**row) for row in rows]


async def pending(tx: Transaction, org: OrgId, *, now: datetime) -> tuple[int, datetime | None]:
    """How many recurring cases are due at `now`, and when the next one is."""
    query = select(
        func.count().filter(RECURRENCE.c.next_at <= now).label("due"),
        func.min(RECURRENCE.c.next_at).filter(RECURRENCE.c.next_at > now).label("next_at"),
    ).where(RECURRENCE.c.org_id == org)
    row = (await tx.execute(query)).one()
    return row.due, row.next_at


async def versions_in_order(tx: Transaction, *, org: OrgId, pack: str) -> list[tuple[int, date]]:
    """The numbers of the pack's versions and the days from which they are in force, in that order."""
    table = tx.kernel.policy_version.c
    query = select(table.version, table.effective_from).where(table.org_id == org, table.pack == pack)
    return [(row.version, row.effective_from) for row in await tx.execute(query.order_by(table.version))]


def _recurrence(row: RowMapping) -> Recurrence:
    names = ("pack", "recurring", "since", "next_at")
    return Recurrence(org=OrgId(row["org_id"]), **{name: row[name] for name in names})
