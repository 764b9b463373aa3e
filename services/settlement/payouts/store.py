"""Rows of `payout`. A worker leases a row before it calls the ERP and writes the result only while it is its own."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, insert, or_, select, tuple_, update

from services.settlement.db.tables import ONE_PAYOUT_PER_BASIS, ONE_PAYOUT_PER_REMEDY, PAYOUT
from services.settlement.domain.errors import NoticePaidAlready, PayoutRequestedAlready
from services.settlement.domain.payout import OPEN, Payout, PayoutState
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.money import Money
from shared.platform.db.transaction import Transaction, integrity


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What is paid, under which paper, with which body."""

    case_id: CaseId
    basis_id: str
    request: dict[str, Any]
    requested_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Leased:
    """A payout that this worker may call the ERP for, and the body to send."""

    org: OrgId
    case_id: CaseId
    payout: Payout
    request: dict[str, Any]


async def add(tx: Transaction, org: OrgId, payout: Payout, intent: Intent) -> None:
    """Store the intent: one per remedy and per paper, for ever. Raises PayoutRequestedAlready or NoticePaidAlready."""
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


async def get(tx: Transaction, org: OrgId, remedy_id: str) -> Payout | None:
    """The payout of a remedy, if one was ever requested."""
    query = select(PAYOUT).where(PAYOUT.c.org_id == org, PAYOUT.c.remedy_id == remedy_id)
    row = (await tx.execute(query)).one_or_none()
    return None if row is None else _payout(row)


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


def _asked_first() -> ColumnElement[str]:
    """A lease that ran out hides a worker that died: it may have sent, so the ERP is asked before anything else."""
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
