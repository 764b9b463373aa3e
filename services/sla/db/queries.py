"""Read models for GETs and for quiescence."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_

from services.sla.db import clocks, extensions, timers
from services.sla.db.tables import BREACH, CASE_VIEW, CLOCK
from services.sla.domain.clock import Clock, Status
from services.sla.domain.extension import Extension
from shared.kernel.errors import NotFound
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownClock:
    """A clock with its requests for extension."""

    clock: Clock
    extensions: tuple[Extension, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DueClock:
    """One line of the list of what is due next."""

    clock_id: str
    case_id: str
    number: str
    clock: str
    label_zh: str
    label_en: str
    due_at: datetime
    breached: bool
    cite: str


async def of_case(tx: Transaction, *, org: OrgId, case_id: str, after: str | None, limit: int) -> list[ShownClock]:
    """Clocks of a case beyond `after`, oldest first. Raises NotFound for an absent case or another organisation's."""
    query = select(CASE_VIEW.c.case_id).where(CASE_VIEW.c.org_id == org, CASE_VIEW.c.case_id == case_id)
    if (await tx.execute(query)).one_or_none() is None:
        raise NotFound
    asked = await extensions.of_case(tx, org=org, case_id=case_id)
    return [
        ShownClock(clock=clock, extensions=tuple(one for one in asked if one.clock_id == clock.clock_id))
        for clock in await clocks.of_case(tx, org=org, case_id=case_id, after=after, limit=limit)
    ]


async def one(tx: Transaction, *, org: OrgId, clock_id: str) -> ShownClock:
    """One clock. Raises NotFound."""
    clock = await clocks.find(tx, org=org, clock_id=clock_id)
    if clock is None:
        raise NotFound
    asked = await extensions.of_clock(tx, org=org, clock_id=clock_id)
    return ShownClock(clock=clock, extensions=tuple(asked))


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


def _due_clock(row: Any) -> DueClock:
    return DueClock(
        clock_id=row.clock_id,
        case_id=row.case_id,
        number=row.number,
        clock=row.rule,
        label_zh=row.label_zh,
        label_en=row.label_en,
        due_at=row.due_at,
        breached=row.breached,
        cite=row.target_cite,
    )


async def pending(tx: Transaction, org: OrgId, now: datetime) -> tuple[dict[str, int], datetime | None]:
    """What quiescence counts: timers due and not fired, and when the next one fires.

    A breach timer fires one smallest step after the due instant, so stepping to it shows the breach.
    """
    due, next_due_at = await timers.outstanding(tx, org=org, now=now)
    return {"timers": due}, next_due_at
