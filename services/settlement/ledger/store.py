"""Tables `ledger_entry` and `ledger_posting`: rows are added together and never changed."""

from datetime import datetime
from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    select,
)

from services.settlement.ledger.rules import BookedLine, Entry, EntryBookedAlready, Line
from services.settlement.migrations.schema import METADATA
from shared.kernel.ids import OrgId, new_id
from shared.kernel.money import Money
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction, integrity

ONE_ENTRY_PER_KEY: Final = "uq_ledger_entry_business_key"

ENTRY: Final = Table(
    "ledger_entry",
    METADATA,
    uuid_column("org_id"),
    uuid_column("entry_id"),
    uuid_column("case_id"),
    uuid_column("remedy_id"),
    Column("business_key", Text, nullable=False),
    instant_column("at"),
    PrimaryKeyConstraint("org_id", "entry_id"),
    UniqueConstraint("org_id", "business_key", name=ONE_ENTRY_PER_KEY),
    Index("ix_ledger_entry_case", "org_id", "case_id"),
)

POSTING: Final = Table(
    "ledger_posting",
    METADATA,
    uuid_column("org_id"),
    uuid_column("entry_id"),
    Column("line", Integer, nullable=False),
    Column("account", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("cite", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "entry_id", "line"),
    ForeignKeyConstraint(["org_id", "entry_id"], [ENTRY.c.org_id, ENTRY.c.entry_id]),
    CheckConstraint("amount_minor <> 0", name="amount"),
)


async def book(tx: Transaction, entry: Entry, *, at: datetime) -> None:
    """Add the one entry of a remedy's execution. Raises EntryBookedAlready."""
    if not entry.lines:
        return
    entry_id = new_id()
    with integrity({ONE_ENTRY_PER_KEY: EntryBookedAlready}):
        await tx.execute(
            insert(ENTRY).values(
                org_id=entry.org,
                entry_id=entry_id,
                case_id=entry.case_id,
                remedy_id=entry.remedy_id,
                business_key=f"remedy:{entry.remedy_id}:executed",
                at=at,
            )
        )
    rows = [
        {
            "org_id": entry.org,
            "entry_id": entry_id,
            "line": number,
            "account": line.account,
            "amount_minor": line.amount.minor,
            "currency": line.amount.currency,
            "cite": line.cite,
        }
        for number, line in enumerate(entry.lines, start=1)
    ]
    await tx.execute(insert(POSTING), rows)


async def of_case(tx: Transaction, *, org: OrgId, case_id: str) -> list[BookedLine]:
    """All lines of a case, oldest entry first."""
    both = (ENTRY.c.org_id == POSTING.c.org_id) & (ENTRY.c.entry_id == POSTING.c.entry_id)
    query = (
        select(ENTRY, POSTING.c.account, POSTING.c.amount_minor, POSTING.c.currency, POSTING.c.cite)
        .join(POSTING, both)
        .where(ENTRY.c.org_id == org, ENTRY.c.case_id == case_id)
        .order_by(ENTRY.c.entry_id, POSTING.c.line)
    )
    return [
        BookedLine(
            entry_id=row.entry_id,
            remedy_id=row.remedy_id,
            business_key=row.business_key,
            at=row.at,
            line=Line(account=row.account, amount=Money(minor=row.amount_minor, currency=row.currency), cite=row.cite),
        )
        for row in await tx.execute(query)
    ]


async def imbalance(tx: Transaction) -> int:
    """By how much the postings of each currency miss zero, added up; zero while every entry balances."""
    missed = func.abs(func.sum(POSTING.c.amount_minor))
    by_currency = select(missed.label("minor")).group_by(POSTING.c.currency).subquery()
    total = (await tx.execute(select(func.coalesce(func.sum(by_currency.c.minor), 0)))).scalar_one()
    return int(total)
