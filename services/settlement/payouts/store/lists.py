"""Payouts as they are listed, counted and exported."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, select, tuple_

from services.settlement.cases.store import CASE
from services.settlement.payouts.rules.errors import PayoutUnknown
from services.settlement.payouts.rules.payout import Payout, PayoutState
from services.settlement.payouts.store.payouts import PAYOUT, payout_of
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction

EXPORTED: Final = (
    *("payout_id", "case_id", "number", "customer_ref", "order_ref", "remedy_id", "state", "amount_minor", "currency"),
    *("requested_at", "settled_at", "reference", "code", "reason"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPayout:
    """A payout of a case, in a list."""

    case_id: str
    requested_at: datetime
    payout: Payout


async def of_remedy(tx: Transaction, *, org: OrgId, remedy_id: str) -> list[ListedPayout]:
    """The payouts of a remedy, newest first: one, and those that were reversed before."""
    query = select(PAYOUT).where(PAYOUT.c.org_id == org, PAYOUT.c.remedy_id == remedy_id)
    return [_listed(row) for row in await tx.execute(query.order_by(PAYOUT.c.payout_id.desc()))]


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
    return [_listed(row) for row in rows]


async def get(tx: Transaction, *, org: OrgId, payout_id: str) -> ListedPayout:
    """One payout. Raises PayoutUnknown."""
    row = (
        await tx.execute(select(PAYOUT).where(PAYOUT.c.org_id == org, PAYOUT.c.payout_id == payout_id))
    ).one_or_none()
    if row is None:
        raise PayoutUnknown
    return _listed(row)


async def payouts_from(tx: Transaction, *, org: OrgId, after: str | None, limit: int) -> list[dict[str, Any]]:
    """All payouts in the order in which they were requested, beyond `after`, with the columns EXPORTED."""
    of_case = ("number", "customer_ref", "order_ref")
    columns = [CASE.c[name] if name in of_case else PAYOUT.c[name] for name in EXPORTED]
    by_case = (CASE.c.org_id == PAYOUT.c.org_id) & (CASE.c.case_id == PAYOUT.c.case_id)
    query = select(*columns).join_from(PAYOUT, CASE, by_case).where(PAYOUT.c.org_id == org)
    if after is not None:
        query = query.where(PAYOUT.c.payout_id > after)
    rows = await tx.execute(query.order_by(PAYOUT.c.payout_id).limit(limit))
    return [{name: row[name] for name in EXPORTED} for row in rows.mappings()]


async def count_by_state(tx: Transaction) -> dict[str, int]:
    """How many payouts are in each state, for the gauge."""
    counted = select(PAYOUT.c.state, func.count().label("number")).where(PAYOUT.c.state != PayoutState.EXECUTED)
    return {row.state: row.number for row in await tx.execute(counted.group_by(PAYOUT.c.state))}


async def oldest(tx: Transaction, *states: PayoutState) -> float:
    """Seconds since the oldest payout in one of `states` was requested, by real time where the organisation has it."""
    age = func.extract("epoch", func.now() - func.min(PAYOUT.c.requested_at))
    seconds = (await tx.execute(select(age).where(PAYOUT.c.state.in_(states)))).scalar_one()
    return max(0.0, float(seconds or 0))


def _listed(row: Row[Any]) -> ListedPayout:
    return ListedPayout(case_id=row.case_id, requested_at=row.requested_at, payout=payout_of(row))
