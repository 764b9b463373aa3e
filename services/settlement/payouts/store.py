"""Table `payout`. A worker leases a row before it calls the ERP and writes the result only while it has the lease."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Row,
    Table,
    Text,
    UniqueConstraint,
    case,
    func,
    insert,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.settlement.migrations.schema import METADATA, one_of
from services.settlement.payouts.rules.errors import NoticePaidAlready, PayoutRequestedAlready
from services.settlement.payouts.rules.payout import OPEN, Payout, PayoutState
from services.settlement.remedies.store.tables import REMEDY
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.money import LARGEST_MINOR, Money
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction, integrity

ONE_PAYOUT_PER_REMEDY: Final = "uq_payout_remedy"
ONE_PAYOUT_PER_BASIS: Final = "uq_payout_basis"

PAYOUT: Final = Table(
    "payout",
    METADATA,
    uuid_column("org_id"),
    uuid_column("payout_id"),
    uuid_column("case_id"),
    uuid_column("remedy_id"),
    uuid_column("basis_id"),
    Column("request", JSONB, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    instant_column("requested_at"),
    instant_column("next_at"),
    instant_column("leased_until", nullable=True),
    Column("reference", Text),
    Column("reason", Text),
    PrimaryKeyConstraint("org_id", "payout_id"),
    UniqueConstraint("org_id", "remedy_id", name=ONE_PAYOUT_PER_REMEDY),
    ForeignKeyConstraint(["org_id", "remedy_id"], [REMEDY.c.org_id, REMEDY.c.remedy_id]),
    CheckConstraint(one_of("state", PayoutState), name="state"),
    CheckConstraint(f"amount_minor BETWEEN 1 AND {LARGEST_MINOR}", name="amount"),
    Index(ONE_PAYOUT_PER_BASIS, "org_id", "basis_id", unique=True, postgresql_where=text("state <> 'failed'")),
    Index("ix_payout_state", "org_id", "state", "requested_at", "payout_id"),
    Index("ix_payout_open", "next_at", postgresql_where=text("state IN ('to_send', 'unknown', 'quarantined')")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """The case, the document whose figure is paid, and the body that is sent."""

    case_id: CaseId
    basis_id: str
    request: dict[str, Any]
    requested_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A payout that this worker has leased, and the body to send."""

    org: OrgId
    case_id: CaseId
    payout: Payout
    request: dict[str, Any]


async def add(tx: Transaction, org: OrgId, payout: Payout, intent: Intent) -> None:
    """Store the intent, one per remedy and per document. Raises PayoutRequestedAlready or NoticePaidAlready."""
    row = {
        "org_id": org,
        "payout_id": payout.payout_id,
        "remedy_id": payout.remedy_id,
        "amount_minor": payout.amount.minor,
        "currency": payout.amount.currency,
        **_progress(payout),
        **asdict(intent),
    }
    with integrity({ONE_PAYOUT_PER_REMEDY: PayoutRequestedAlready, ONE_PAYOUT_PER_BASIS: NoticePaidAlready}):
        await tx.execute(insert(PAYOUT).values(row))


async def lease(tx: Transaction, *, limit: int, seconds: float) -> list[Leased]:
    """Up to `limit` payouts that are due by their organisation's clock, for `seconds` of the database's."""
    clocks = tx.kernel.organisation
    due = (
        select(PAYOUT.c.org_id, PAYOUT.c.payout_id)
        .join(clocks, clocks.c.org_id == PAYOUT.c.org_id)
        .where(
            PAYOUT.c.state.in_(OPEN),
            PAYOUT.c.next_at <= func.coalesce(clocks.c.simulated_now, func.now()),
            or_(PAYOUT.c.leased_until.is_(None), PAYOUT.c.leased_until < func.clock_timestamp()),
        )
        .order_by(PAYOUT.c.next_at)
        .limit(limit)
        .with_for_update(of=PAYOUT, skip_locked=True)
    )
    rows = await tx.execute(
        update(PAYOUT)
        .where(tuple_(PAYOUT.c.org_id, PAYOUT.c.payout_id).in_(due))
        .values(
            attempt=PAYOUT.c.attempt + 1,
            leased_until=func.clock_timestamp() + timedelta(seconds=seconds),
            state=_asked_first(),
        )
        .returning(PAYOUT)
    )
    return [
        Leased(org=OrgId(row.org_id), case_id=CaseId(row.case_id), payout=_payout(row), request=row.request)
        for row in rows
    ]


async def find(tx: Transaction, *, org: OrgId, remedy_id: str) -> Payout | None:
    """The payout of a remedy, or None where none was requested."""
    query = select(PAYOUT).where(PAYOUT.c.org_id == org, PAYOUT.c.remedy_id == remedy_id)
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else _payout(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPayout:
    """A payout of a case, in a list."""

    case_id: str
    requested_at: datetime
    payout: Payout


async def in_state(
    tx: Transaction,
    *,
    org: OrgId,
    state: str,
    older_than: datetime | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[ListedPayout]:
    """Payouts in a state beyond `after`, the longest requested first; those requested before `older_than`."""
    query = select(PAYOUT).where(PAYOUT.c.org_id == org, PAYOUT.c.state == state)
    if older_than is not None:
        query = query.where(PAYOUT.c.requested_at < older_than)
    if after is not None:
        query = query.where(tuple_(PAYOUT.c.requested_at, PAYOUT.c.payout_id) > after)
    rows = await tx.execute(query.order_by(PAYOUT.c.requested_at, PAYOUT.c.payout_id).limit(limit))
    return [ListedPayout(case_id=row.case_id, requested_at=row.requested_at, payout=_payout(row)) for row in rows]


async def save_result(tx: Transaction, org: OrgId, payout: Payout) -> bool:
    """Write the result of attempt `payout.attempt`; False when another worker has taken over since."""
    result = await tx.execute(
        update(PAYOUT)
        .where(
            PAYOUT.c.org_id == org,
            PAYOUT.c.payout_id == payout.payout_id,
            PAYOUT.c.attempt == payout.attempt,
            PAYOUT.c.state.in_(OPEN),
        )
        .values(leased_until=None, **_progress(payout))
    )
    return result.rowcount == 1


async def calls_to_make(tx: Transaction, *, org: OrgId, now: datetime) -> tuple[int, datetime | None]:
    """How many payouts are due at `now` or leased, and the next instant at which one is due."""
    is_due = PAYOUT.c.next_at <= now
    counted = select(
        func.count().filter(is_due | PAYOUT.c.leased_until.is_not(None)).label("due"),
        func.min(PAYOUT.c.next_at).filter(~is_due).label("next_at"),
    )
    row = (await tx.execute(counted.where(PAYOUT.c.org_id == org, PAYOUT.c.state.in_(OPEN)))).one()
    return row.due, row.next_at


async def count_by_state(tx: Transaction) -> dict[str, int]:
    """How many payouts are in each state, for the gauge."""
    counted = select(PAYOUT.c.state, func.count().label("number")).where(PAYOUT.c.state != PayoutState.EXECUTED)
    return {row.state: row.number for row in await tx.execute(counted.group_by(PAYOUT.c.state))}


async def oldest_doubt(tx: Transaction) -> float:
    """Seconds since the oldest payout of unknown outcome was requested, by real time where the organisation has it."""
    doubtful = PAYOUT.c.state.in_([PayoutState.UNKNOWN, PayoutState.QUARANTINED])
    age = func.extract("epoch", func.now() - func.min(PAYOUT.c.requested_at))
    seconds = (await tx.execute(select(age).where(doubtful))).scalar_one()
    return max(0.0, float(seconds or 0))


def _asked_first() -> ColumnElement[str]:
    """The worker of a lease that ran out may have sent before it died, so the ERP is asked first."""
    died_sending = PAYOUT.c.leased_until.is_not(None) & (PAYOUT.c.state == PayoutState.TO_SEND)
    return case((died_sending, PayoutState.UNKNOWN.value), else_=PAYOUT.c.state)


def _progress(payout: Payout) -> dict[str, object]:
    return {
        "state": payout.state.value,
        "attempt": payout.attempt,
        "next_at": payout.next_at,
        "reference": payout.reference,
        "reason": payout.reason,
    }


def _payout(row: Row[Any]) -> Payout:
    next_at: datetime = row.next_at
    return Payout(
        payout_id=row.payout_id,
        remedy_id=row.remedy_id,
        amount=Money(minor=row.amount_minor, currency=row.currency),
        state=PayoutState(row.state),
        attempt=row.attempt,
        next_at=next_at,
        reference=row.reference,
        reason=row.reason,
    )
