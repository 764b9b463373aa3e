"""Clocks as lists show them: those of a state in due order, and the latest of a rule."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, select, tuple_

from services.sla.cases.store import CASE_VIEW
from services.sla.clocks.rules.clock import Status
from services.sla.clocks.store.tables import BREACH, CLOCK, DUE, UNDATED
from shared.kernel.errors import NotFound
from shared.kernel.ids import OrgId
from shared.kernel.instants import instant_text
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
    state: str
    owner: str
    due_at: datetime | None
    breached: bool
    cite: str
    waiting: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Its place in the list."""
        return instant_text(self.due_at or UNDATED), self.clock_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFilter:
    """Which clocks a list shows; None shows all of the state. `owner` is the role that owns the case."""

    state: str = Status.RUNNING.value
    due_before: datetime | None = None
    breached: bool | None = None
    owner: str | None = None
    clock: str | None = None


async def id_by_name(tx: Transaction, *, org: OrgId, case_id: str, name: str) -> str:
    """The case's latest clock of that rule. Raises NotFound."""
    query = select(CLOCK.c.clock_id).where(CLOCK.c.org_id == org, CLOCK.c.case_id == case_id, CLOCK.c.rule == name)
    found: str | None = await tx.conn.scalar(query.order_by(CLOCK.c.clock_id.desc()).limit(1))
    if found is None:
        raise NotFound
    return found


async def clock_list(
    tx: Transaction, chosen: ClockFilter, *, org: OrgId, after: tuple[datetime, str] | None, limit: int
) -> list[DueClock]:
    """Clocks of one state in the order in which they fall or fell due, overdue ones first; undated ones last."""
    breached = (
        select(BREACH.c.due_at)
        .where(BREACH.c.org_id == CLOCK.c.org_id, BREACH.c.clock_id == CLOCK.c.clock_id)
        .where(BREACH.c.due_at == CLOCK.c.due_at)
        .exists()
    )
    names = ("clock_id", "case_id", "rule", "status", "label_zh", "label_en", "due_at", "cite", "target_cite", "pauses")
    columns = (*(CLOCK.c[name] for name in names), CASE_VIEW.c.number, CASE_VIEW.c.owner)
    by_case = (CASE_VIEW.c.org_id == CLOCK.c.org_id) & (CASE_VIEW.c.case_id == CLOCK.c.case_id)
    query = select(*columns, breached.label("breached")).join_from(CLOCK, CASE_VIEW, by_case)
    query = query.where(CLOCK.c.org_id == org, CLOCK.c.status == chosen.state)
    due = DUE
    if chosen.due_before is not None:
        query = query.where(due < chosen.due_before)
    if chosen.breached is not None:
        query = query.where(breached if chosen.breached else ~breached)
    if chosen.owner is not None:
        query = query.where(CASE_VIEW.c.owner == chosen.owner)
    if chosen.clock is not None:
        query = query.where(CLOCK.c.rule == chosen.clock)
    if after is not None:
        query = query.where(tuple_(due, CLOCK.c.clock_id) > after)
    rows = await tx.execute(query.order_by(due, CLOCK.c.clock_id).limit(limit))
    return [_due_clock(row) for row in rows]


def _due_clock(row: Row[Any]) -> DueClock:
    return DueClock(
        clock_id=row.clock_id,
        case_id=row.case_id,
        number=row.number,
        clock=row.rule,
        label=Text(zh=row.label_zh, en=row.label_en),
        state=row.status,
        owner=row.owner,
        due_at=row.due_at,
        breached=row.breached,
        cite=row.target_cite or row.cite,
        waiting=tuple(pause["event"] for pause in row.pauses if pause["until_at"] is None),
    )


EXPORTED: Final = (
    *("clock_id", "case_id", "number", "customer_ref", "order_ref", "clock", "label_zh", "label_en", "state", "owner"),
    *("started_at", "due_at", "original_due_at", "stopped_at", "cite"),
)


async def clocks_from(tx: Transaction, *, org: OrgId, after: str | None, limit: int) -> list[dict[str, Any]]:
    """All clocks in the order in which they were made, beyond `after`, with the columns EXPORTED."""
    of_case = ("number", "customer_ref", "order_ref", "owner")
    own = ("clock_id", "case_id", "label_zh", "label_en", "started_at", "due_at", "original_due_at", "stopped_at")
    named = (
        CLOCK.c.rule.label("clock"),
        CLOCK.c.status.label("state"),
        func.coalesce(CLOCK.c.target_cite, CLOCK.c.cite).label("cite"),
    )
    columns = (*(CLOCK.c[name] for name in own), *(CASE_VIEW.c[name] for name in of_case), *named)
    by_case = (CASE_VIEW.c.org_id == CLOCK.c.org_id) & (CASE_VIEW.c.case_id == CLOCK.c.case_id)
    query = select(*columns).join_from(CLOCK, CASE_VIEW, by_case).where(CLOCK.c.org_id == org)
    if after is not None:
        query = query.where(CLOCK.c.clock_id > after)
    rows = await tx.execute(query.order_by(CLOCK.c.clock_id).limit(limit))
    return [{name: row[name] for name in EXPORTED} for row in rows.mappings()]
