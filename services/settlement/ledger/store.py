"""Tables `ledger_entry` and `ledger_posting`: rows are added together and never changed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Row,
    Select,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    select,
    tuple_,
)

from services.settlement.ledger.rules import BookedLine, Entry, EntryBookedAlready, Line
from services.settlement.migrations.schema import METADATA
from shared.kernel.ids import OrgId, new_id
from shared.kernel.money import Money
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction, integrity

LineKey = tuple[datetime, str, int]
"""Where a line stands in the ledger: instant, entry and number in the entry."""
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
    Index("ix_ledger_entry_at", "org_id", "at", "entry_id"),
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
    """Add an entry, once for its business key. Raises EntryBookedAlready."""
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
                business_key=entry.business_key,
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


_BOTH: Final = (ENTRY.c.org_id == POSTING.c.org_id) & (ENTRY.c.entry_id == POSTING.c.entry_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Which lines of the ledger: booked from `since` on and before `until`, on one account where it is named."""

    since: datetime
    until: datetime
    account: str | None = None


ALWAYS: Final = Period(since=datetime(1970, 1, 1, tzinfo=UTC), until=datetime(9999, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """An account over a period, in minor units of a currency: what it had before, what came to its two sides."""

    account: str
    currency: str
    opening_minor: int
    debit_minor: int
    credit_minor: int


async def of_case(tx: Transaction, *, org: OrgId, case_id: str) -> list[BookedLine]:
    """All lines of a case, oldest entry first."""
    query = _lines(org).where(ENTRY.c.case_id == case_id)
    return [_booked(row) for row in await tx.execute(query.order_by(ENTRY.c.entry_id, POSTING.c.line))]


async def of_period(
    tx: Transaction, period: Period, *, org: OrgId, after: LineKey | None, limit: int
) -> list[BookedLine]:
    """Lines of a period beyond `after`, in the order in which they were booked."""
    query = _lines(org).where(ENTRY.c.at >= period.since, ENTRY.c.at < period.until)
    if period.account is not None:
        query = query.where(POSTING.c.account == period.account)
    if after is not None:
        query = query.where(tuple_(ENTRY.c.at, ENTRY.c.entry_id) >= after[:2])
        query = query.where(tuple_(ENTRY.c.at, ENTRY.c.entry_id, POSTING.c.line) > after)
    ordered = query.order_by(ENTRY.c.at, ENTRY.c.entry_id, POSTING.c.line)
    return [_booked(row) for row in await tx.execute(ordered.limit(limit))]


async def balances(tx: Transaction, period: Period, *, org: OrgId) -> list[Balance]:
    """What each account had before the period and what it got in it, by currency."""
    amount, is_before = POSTING.c.amount_minor, ENTRY.c.at < period.since
    sums = {
        "opening_minor": func.sum(amount).filter(is_before),
        "debit_minor": func.sum(amount).filter(~is_before, amount > 0),
        "credit_minor": func.sum(-amount).filter(~is_before, amount < 0),
    }
    named = [func.coalesce(total, 0).label(name) for name, total in sums.items()]
    query = select(POSTING.c.account, POSTING.c.currency, *named).join(ENTRY, _BOTH)
    query = query.where(ENTRY.c.org_id == org, ENTRY.c.at < period.until)
    if period.account is not None:
        query = query.where(POSTING.c.account == period.account)
    grouped = query.group_by(POSTING.c.account, POSTING.c.currency).order_by(POSTING.c.account, POSTING.c.currency)
    return [
        Balance(
            account=row.account,
            currency=row.currency,
            opening_minor=int(row.opening_minor),
            debit_minor=int(row.debit_minor),
            credit_minor=int(row.credit_minor),
        )
        for row in await tx.execute(grouped)
    ]


def _lines(org: OrgId) -> Select[Any]:
    columns = (POSTING.c.line, POSTING.c.account, POSTING.c.amount_minor, POSTING.c.currency, POSTING.c.cite)
    return select(ENTRY, *columns).join(POSTING, _BOTH).where(ENTRY.c.org_id == org)


def _booked(row: Row[Any]) -> BookedLine:
    return BookedLine(
        entry_id=row.entry_id,
        case_id=row.case_id,
        remedy_id=row.remedy_id,
        business_key=row.business_key,
        at=row.at,
        number=row.line,
        line=Line(account=row.account, amount=Money(minor=row.amount_minor, currency=row.currency), cite=row.cite),
    )


async def count_unbalanced(tx: Transaction) -> int:
    """Of how many currencies the postings do not add up to zero; 0 while every entry balances."""
    by_currency = select(POSTING.c.currency).group_by(POSTING.c.currency).having(func.sum(POSTING.c.amount_minor) != 0)
    counted: int = (await tx.execute(select(func.count()).select_from(by_currency.subquery()))).scalar_one()
    return counted
