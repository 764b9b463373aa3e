"""Clocks as lists show them: the running ones in due order, and the latest of a rule."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, tuple_

from services.sla.cases.store import CASE_VIEW
from services.sla.clocks.rules.clock import Status
from services.sla.clocks.store.tables import BREACH, CLOCK
from shared.kernel.errors import NotFound
from shared.kernel.ids import OrgId
from shared.kernel.text import Text
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class DueClock:
    """One line of the list of what is due next."""

    clock_id: str
    case_id: str
    number: str
    clock: str
    label: Text
    due_at: datetime
    breached: bool
    cite: str


async def id_by_name(tx: Transaction, *, org: OrgId, case_id: str, name: str) -> str:
    """The case's latest clock of that rule. Raises NotFound."""
    query = select(CLOCK.c.clock_id).where(CLOCK.c.org_id == org, CLOCK.c.case_id == case_id, CLOCK.c.rule == name)
    found: str | None = await tx.conn.scalar(query.order_by(CLOCK.c.clock_id.desc()).limit(1))
    if found is None:
        raise NotFound
    return found


async def due_next(tx: Transaction, *, org: OrgId, after: tuple[datetime, str] | None, limit: int) -> list[DueClock]:
    """Running clocks in the order in which they fall due; overdue ones come first."""
    breached = (
        select(BREACH.c.due_at)
        .where(BREACH.c.org_id == CLOCK.c.org_id, BREACH.c.clock_id == CLOCK.c.clock_id)
        .where(BREACH.c.due_at == CLOCK.c.due_at)
        .exists()
    )
    names = ("clock_id", "case_id", "rule", "label_zh", "label_en", "due_at", "target_cite")
    query = select(*(CLOCK.c[name] for name in names), CASE_VIEW.c.number, breached.label("breached")).join_from(
        CLOCK, CASE_VIEW, (CASE_VIEW.c.org_id == CLOCK.c.org_id) & (CASE_VIEW.c.case_id == CLOCK.c.case_id)
    )
    query = query.where(CLOCK.c.org_id == org, CLOCK.c.status == Status.RUNNING.value)
    if after is not None:
        query = query.where(tuple_(CLOCK.c.due_at, CLOCK.c.clock_id) > after)
    rows = await tx.execute(query.order_by(CLOCK.c.due_at, CLOCK.c.clock_id).limit(limit))
    return [_due_clock(row) for row in rows]


def _due_clock(row: Row[Any]) -> DueClock:
    return DueClock(
        clock_id=row.clock_id,
        case_id=row.case_id,
        number=row.number,
        clock=row.rule,
        label=Text(zh=row.label_zh, en=row.label_en),
        due_at=row.due_at,
        breached=row.breached,
        cite=row.target_cite,
    )
