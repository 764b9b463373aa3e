"""Reads for jobs and quiescence: what is due, and when the next thing will be."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select

from services.settlement.db.tables import PAYOUT, POSTING, REMEDY
from services.settlement.domain.payout import OPEN, PayoutState
from services.settlement.domain.state import EXPIRING
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction

_JUST_AFTER: Final = timedelta(microseconds=1)


async def pending(tx: Transaction, org: OrgId, now: datetime) -> tuple[dict[str, int], datetime | None]:
    """Quotes to expire and payouts to call for at `now`, and the next instant at which there will be one."""
    expiring = (REMEDY.c.org_id == org) & REMEDY.c.state.in_(EXPIRING)
    calling = (PAYOUT.c.org_id == org) & PAYOUT.c.state.in_(OPEN)
    is_due = PAYOUT.c.next_at <= now
    row = (
        await tx.execute(
            select(
                _count(REMEDY, expiring & (REMEDY.c.expires_at < now)).label("quotes"),
                _count(PAYOUT, calling & (is_due | PAYOUT.c.leased_until.is_not(None))).label("payouts"),
                _earliest(REMEDY.c.expires_at, expiring & (REMEDY.c.expires_at >= now)).label("expiry"),
                _earliest(PAYOUT.c.next_at, calling & ~is_due).label("retry"),
            )
        )
    ).one()
    expiry = None if row.expiry is None else row.expiry + _JUST_AFTER
    due_at = min(filter(None, (expiry, row.retry)), default=None)
    return {"expire_quotes": row.quotes, "payouts": row.payouts}, due_at


async def overdue_quotes(tx: Transaction, *, limit: int) -> list[tuple[OrgId, str]]:
    """Remedies whose quote ran out by their organisation's clock: candidates, to be looked at again under lock."""
    clocks = tx.kernel.organisation
    query = (
        select(REMEDY.c.org_id, REMEDY.c.remedy_id)
        .join(clocks, clocks.c.org_id == REMEDY.c.org_id)
        .where(
            REMEDY.c.state.in_(EXPIRING),
            REMEDY.c.expires_at < func.coalesce(clocks.c.simulated_now, func.now()),
        )
        .order_by(REMEDY.c.expires_at)
        .limit(limit)
    )
    return [(OrgId(row.org_id), row.remedy_id) for row in await tx.execute(query)]


async def payouts_by_state(tx: Transaction) -> dict[str, int]:
    """How many payouts stand where, for the gauge."""
    counted = select(PAYOUT.c.state, func.count().label("number")).where(PAYOUT.c.state != PayoutState.EXECUTED)
    return {row.state: row.number for row in await tx.execute(counted.group_by(PAYOUT.c.state))}


async def oldest_doubt(tx: Transaction) -> float:
    """Seconds since the oldest payout of unknown outcome was requested, by real time where the organisation has it."""
    doubtful = PAYOUT.c.state.in_([PayoutState.UNKNOWN, PayoutState.QUARANTINED])
    age = func.extract("epoch", func.now() - func.min(PAYOUT.c.requested_at))
    seconds = (await tx.execute(select(age).where(doubtful))).scalar_one()
    return max(0.0, float(seconds or 0))


async def imbalance(tx: Transaction) -> int:
    """The sum of all postings; anything but zero is an alarm."""
    total = (await tx.execute(select(func.coalesce(func.sum(POSTING.c.amount_minor), 0)))).scalar_one()
    return int(total)


def _count(table: Any, where: Any) -> Any:
    return select(func.count()).select_from(table).where(where).scalar_subquery()


def _earliest(column: Any, where: Any) -> Any:
    return select(func.min(column)).where(where).scalar_subquery()
