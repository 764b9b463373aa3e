"""Table `payout`. A worker leases a row before it calls the ERP and writes the result only while it has the lease."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
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
    case,
    cast,
    false,
    func,
    insert,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.settlement.erp.store import ERP
from services.settlement.migrations.schema import METADATA, one_of
from services.settlement.payouts.rules.errors import NoticePaidAlready, PayoutRequestedAlready, PayoutUnknown
from services.settlement.payouts.rules.payout import ENDED, OPEN, Payout, PayoutState
from services.settlement.remedies.store.tables import REMEDY
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.money import LARGEST_MINOR, Money
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction, integrity

ONE_PAYOUT_PER_REMEDY: Final = "uq_payout_remedy"
ONE_PAYOUT_PER_BASIS: Final = "uq_payout_basis"

MOST_OF_ONE: Final = 4
"""Payouts of one organisation that a worker has in hand at the same time."""

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
    instant_column("next_at", nullable=True),
    instant_column("leased_until", nullable=True),
    Column("reference", Text),
    Column("reason", Text),
    Column("code", Text),
    Column("sent_to", Text),
    instant_column("settled_at", nullable=True),
    Column("nudged", Boolean, nullable=False, server_default=false()),
    Column("traceparent", Text),
    PrimaryKeyConstraint("org_id", "payout_id"),
    ForeignKeyConstraint(["org_id", "remedy_id"], [REMEDY.c.org_id, REMEDY.c.remedy_id]),
    CheckConstraint(one_of("state", PayoutState), name="state"),
    CheckConstraint(f"amount_minor BETWEEN 1 AND {LARGEST_MINOR}", name="amount"),
    Index("ix_payout_state", "org_id", "state", "requested_at", "payout_id"),
    Index(ONE_PAYOUT_PER_REMEDY, "org_id", "remedy_id", unique=True, postgresql_where=text("state <> 'reversed'")),
    Index(
        ONE_PAYOUT_PER_BASIS,
        "org_id",
        "basis_id",
        unique=True,
        postgresql_where=text("state NOT IN ('failed', 'reversed')"),
    ),
    Index("ix_payout_not_executed", "state", "requested_at", postgresql_where=text("state <> 'executed'")),
    Index("ix_payout_due", "next_at", postgresql_where=text("next_at IS NOT NULL")),
    Index("ix_payout_of_remedy", "org_id", "remedy_id", "payout_id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """The case, the document whose figure is paid, the body that is sent, and the span that asked for it."""

    case_id: CaseId
    basis_id: str
    request: dict[str, Any]
    requested_at: datetime
    traceparent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A payout that this worker has leased, the body to send, and the span that asked for it."""

    org: OrgId
    case_id: CaseId
    payout: Payout
    request: dict[str, Any]
    traceparent: str | None


async def add(tx: Transaction, org: OrgId, payout: Payout, intent: Intent) -> None:
    """Store the intent, one per remedy and per document. Raises PayoutRequestedAlready or NoticePaidAlready."""
    row = {
        "org_id": org,
        "payout_id": payout.payout_id,
        "remedy_id": payout.remedy_id,
        "sent_to": payout.sent_to,
        "amount_minor": payout.amount.minor,
        "currency": payout.amount.currency,
        **_progress(payout),
        **asdict(intent),
    }
    with integrity({ONE_PAYOUT_PER_REMEDY: PayoutRequestedAlready, ONE_PAYOUT_PER_BASIS: NoticePaidAlready}):
        await tx.execute(insert(PAYOUT).values(row))


async def lease(tx: Transaction, *, limit: int, seconds: float) -> list[Leased]:
    """Up to `limit` payouts that are due by their organisation's clock, for `seconds` of the database's.

    No organisation has more than MOST_OF_ONE among them, so that an ERP that is slow or dead delays its own only.
    """
    clocks = tx.kernel.organisation
    is_free = or_(PAYOUT.c.leased_until.is_(None), PAYOUT.c.leased_until < func.clock_timestamp())
    place = func.row_number().over(partition_by=PAYOUT.c.org_id, order_by=PAYOUT.c.next_at)
    waiting = (
        select(PAYOUT.c.org_id, PAYOUT.c.payout_id, PAYOUT.c.next_at, place.label("place"))
        .join(clocks, clocks.c.org_id == PAYOUT.c.org_id)
        .where(PAYOUT.c.next_at <= func.coalesce(clocks.c.simulated_now, func.now()), is_free)
        .subquery()
    )
    chosen = (
        select(waiting.c.org_id, waiting.c.payout_id)
        .where(waiting.c.place <= MOST_OF_ONE)
        .order_by(waiting.c.place, waiting.c.next_at)
        .limit(limit)
    )
    due = (
        select(PAYOUT.c.org_id, PAYOUT.c.payout_id)
        .where(tuple_(PAYOUT.c.org_id, PAYOUT.c.payout_id).in_(chosen), is_free)
        .with_for_update(skip_locked=True)
    )
    rows = await tx.execute(
        update(PAYOUT)
        .where(tuple_(PAYOUT.c.org_id, PAYOUT.c.payout_id).in_(due))
        .values(
            attempt=PAYOUT.c.attempt + 1,
            leased_until=func.clock_timestamp() + timedelta(seconds=seconds),
            state=_asked_first(),
            sent_to=_sent_to(),
            nudged=False,
        )
        .returning(PAYOUT)
    )
    return [
        Leased(
            org=OrgId(row.org_id),
            case_id=CaseId(row.case_id),
            payout=payout_of(row),
            request=row.request,
            traceparent=row.traceparent,
        )
        for row in rows
    ]


async def forget_payee(tx: Transaction, *, org: OrgId, case_id: str) -> None:
    """Erase customer, order and payee from the requests of a case; one that may still be sent keeps its body."""
    is_over = PAYOUT.c.state.not_in(OPEN)
    left = PAYOUT.c.request.op("||")(cast({"customer": {"ref": ""}, "order": None, "payee": None}, JSONB))
    forgotten = update(PAYOUT).where(PAYOUT.c.org_id == org, PAYOUT.c.case_id == case_id, is_over)
    await tx.execute(forgotten.values(request=left))


async def take_over(tx: Transaction, *, org: OrgId, payout_id: str) -> Payout:
    """The payout with an attempt of its own, so that an answer on its way to a worker changes nothing any more.

    Raises PayoutUnknown.
    """
    taken = update(PAYOUT).where(PAYOUT.c.org_id == org, PAYOUT.c.payout_id == payout_id)
    values = {"attempt": PAYOUT.c.attempt + 1, "leased_until": None, "nudged": False}
    row = (await tx.execute(taken.values(values).returning(PAYOUT))).one_or_none()
    if row is None:
        raise PayoutUnknown
    return payout_of(row)


async def nudge(tx: Transaction, *, org: OrgId, payout_id: str, now: datetime) -> PayoutState | None:
    """Have the ERP asked about a payout now, or as soon as the call under way has ended; its state, None if unknown.

    A payout that failed or was reversed is left as it is.
    """
    is_over = PAYOUT.c.state.in_(ENDED)
    nudged = (
        update(PAYOUT)
        .where(PAYOUT.c.org_id == org, PAYOUT.c.payout_id == payout_id)
        .values(nudged=~is_over, next_at=case((is_over, PAYOUT.c.next_at), else_=now))
        .returning(PAYOUT.c.state)
    )
    state: str | None = (await tx.execute(nudged)).scalar_one_or_none()
    return None if state is None else PayoutState(state)


async def save_result(tx: Transaction, org: OrgId, payout: Payout, *, now: datetime) -> bool:
    """Write the result of attempt `payout.attempt`; False when another worker or a person has taken over since.

    A payout that was nudged in the meantime is due at once.
    """
    values = _progress(payout)
    if payout.next_at is not None:
        values["next_at"] = case((PAYOUT.c.nudged, now), else_=payout.next_at)
    result = await tx.execute(
        update(PAYOUT)
        .where(
            PAYOUT.c.org_id == org,
            PAYOUT.c.payout_id == payout.payout_id,
            PAYOUT.c.attempt == payout.attempt,
            PAYOUT.c.state.not_in(ENDED),
        )
        .values(leased_until=None, **values)
    )
    return result.rowcount == 1


async def calls_to_make(tx: Transaction, *, org: OrgId, now: datetime) -> tuple[int, datetime | None]:
    """How many payouts are due at `now` or leased, and the next instant at which one is due."""
    is_due = PAYOUT.c.next_at <= now
    counted = select(
        func.count().filter(is_due | PAYOUT.c.leased_until.is_not(None)).label("due"),
        func.min(PAYOUT.c.next_at).filter(~is_due).label("next_at"),
    )
    row = (await tx.execute(counted.where(PAYOUT.c.org_id == org, PAYOUT.c.next_at.is_not(None)))).one()
    return row.due, row.next_at


def _asked_first() -> ColumnElement[str]:
    """The worker of a lease that ran out may have sent before it died, so the ERP is asked first."""
    died_sending = PAYOUT.c.leased_until.is_not(None) & (PAYOUT.c.state == PayoutState.TO_SEND)
    return case((died_sending, PayoutState.UNKNOWN.value), else_=PAYOUT.c.state)


def _sent_to() -> ColumnElement[str | None]:
    """Where a payout that is to be sent goes: written before it is sent, so that no other ERP is sent it in doubt."""
    is_sent_now = (PAYOUT.c.state == PayoutState.TO_SEND) & PAYOUT.c.leased_until.is_(None)
    present = select(ERP.c.url).where(ERP.c.org_id == PAYOUT.c.org_id).scalar_subquery()
    return case((is_sent_now, present), else_=PAYOUT.c.sent_to)


def _progress(payout: Payout) -> dict[str, Any]:
    return {
        "state": payout.state.value,
        "attempt": payout.attempt,
        "next_at": payout.next_at,
        "reference": payout.reference,
        "reason": payout.reason,
        "code": payout.code,
        "settled_at": payout.settled_at,
    }


def payout_of(row: Row[Any]) -> Payout:
    """The payout that a row of the table is."""
    next_at: datetime | None = row.next_at
    return Payout(
        payout_id=row.payout_id,
        remedy_id=row.remedy_id,
        amount=Money(minor=row.amount_minor, currency=row.currency),
        state=PayoutState(row.state),
        attempt=row.attempt,
        next_at=next_at,
        reference=row.reference,
        reason=row.reason,
        code=row.code,
        sent_to=row.sent_to,
        settled_at=row.settled_at,
    )
