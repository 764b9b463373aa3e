"""Timers: armed with a target, claimed when due, fired once.

A worker owns a timer by locking its clock (never the timer), which is also how events own it, so the two
cannot deadlock; marking it fired while holding that lock is what makes firing happen once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Row, Select, bindparam, false, func, insert, select, update

from services.sla.db.keys import unnested
from services.sla.db.tables import CLOCK, KERNEL, TIMER
from services.sla.domain.clock import Clock, Severity, Status
from services.sla.domain.transitions import breaches_at
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import Transaction

Kind = Literal["warning", "breach"]
Pair = tuple[Clock | None, Clock]

_ORGANISATION: Final = KERNEL.organisation
_IS_SIMULATED: Final = func.coalesce(
    select(_ORGANISATION.c.simulated_now.is_not(None))
    .where(_ORGANISATION.c.org_id == bindparam("org_id"))
    .scalar_subquery(),
    false(),
)
_ARM: Final = insert(TIMER).values(
    simulated=_IS_SIMULATED,
    state="open",
    **{name: bindparam(name) for name in ("org_id", "timer_id", "clock_id", "kind", "gen", "due_at")},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTimer:
    """A timer whose instant has come.

    What it does happens at its own instant for a simulated organisation, when it fires for a real one;
    `late_by` are the seconds in between.
    """

    org: OrgId
    timer_id: str
    clock_id: str
    kind: Kind
    gen: int
    due_at: datetime
    happened_at: datetime
    late_by: float


async def follow(tx: Transaction, pairs: Sequence[Pair]) -> None:
    """Cancel the open timers of these clocks and arm those of their present targets."""
    known = [(after.org, after.clock_id) for before, after in pairs if before is not None]
    if known:
        wanted = unnested(known)
        is_wanted = (TIMER.c.org_id == wanted.c.org_id) & (TIMER.c.clock_id == wanted.c.id)
        await tx.execute(update(TIMER).where(is_wanted, TIMER.c.state == "open").values(state="cancelled"))
    armed = [row for _, after in pairs if after.status is Status.RUNNING for row in _timers(after)]
    if armed:
        await tx.execute(_ARM, armed)


def _timers(clock: Clock) -> list[dict[str, object]]:
    target = clock.dated()
    rows = [_timer(clock, "warning", at) for at in target.warn_at]
    if clock.breach is None or clock.severity is Severity.WARNING:
        rows.append(_timer(clock, "breach", breaches_at(target.due_at)))
    return rows


def _timer(clock: Clock, kind: Kind, due_at: datetime) -> dict[str, object]:
    return {
        "org_id": clock.org,
        "timer_id": new_id(),
        "clock_id": clock.clock_id,
        "kind": kind,
        "gen": clock.dated().gen,
        "due_at": due_at,
    }


async def claim(tx: Transaction, *, simulated: bool, limit: int) -> list[DueTimer]:
    """Up to `limit` due timers in due order, marked fired, their clocks locked until the transaction ends.

    What another worker holds is skipped; what another worker fired after our snapshot is left out.
    """
    rows = list(await tx.execute(_due(simulated=simulated, limit=limit)))
    if not rows:
        return []
    wanted = unnested([(OrgId(row.org_id), row.timer_id) for row in rows])
    is_wanted = (TIMER.c.org_id == wanted.c.org_id) & (TIMER.c.timer_id == wanted.c.id)
    mine = update(TIMER).where(is_wanted, TIMER.c.state == "open")
    fired = await tx.execute(mine.values(state="fired", fired_at=func.now()).returning(TIMER.c.timer_id))
    won = set(fired.scalars())
    return [_due_timer(row, simulated=simulated) for row in rows if row.timer_id in won]


def _due(*, simulated: bool, limit: int) -> Select[Any]:
    """Real organisations live on the database's clock, simulated ones each on their own."""
    columns = [TIMER.c[name] for name in ("org_id", "timer_id", "clock_id", "kind", "gen", "due_at")]
    joined = TIMER.join(CLOCK, (CLOCK.c.org_id == TIMER.c.org_id) & (CLOCK.c.clock_id == TIMER.c.clock_id))
    query = select(*columns, func.now().label("now"))
    if simulated:
        joined = joined.join(_ORGANISATION, _ORGANISATION.c.org_id == TIMER.c.org_id)
        query = query.where(TIMER.c.simulated, TIMER.c.due_at <= _ORGANISATION.c.simulated_now)
    else:
        query = query.where(~TIMER.c.simulated, TIMER.c.due_at <= func.now())
    ordered = query.select_from(joined).where(TIMER.c.state == "open").order_by(TIMER.c.due_at)
    return ordered.limit(limit).with_for_update(of=CLOCK, skip_locked=True)


def _due_timer(row: Row[Any], *, simulated: bool) -> DueTimer:
    happened_at: datetime = row.due_at if simulated else row.now
    return DueTimer(
        org=OrgId(row.org_id),
        timer_id=row.timer_id,
        clock_id=row.clock_id,
        kind=row.kind,
        gen=row.gen,
        due_at=row.due_at,
        happened_at=happened_at,
        late_by=(happened_at - row.due_at).total_seconds(),
    )


async def outstanding(tx: Transaction, *, org: OrgId, now: datetime) -> tuple[int, datetime | None]:
    """How many timers of the organisation are due at `now` and unfired, and when the next one fires."""
    mine = (TIMER.c.org_id == org) & (TIMER.c.state == "open")
    counts = select(func.count().filter(TIMER.c.due_at <= now), func.min(TIMER.c.due_at).filter(TIMER.c.due_at > now))
    due: int
    next_due_at: datetime | None
    due, next_due_at = tuple((await tx.execute(counts.where(mine))).one())
    return due, next_due_at


async def count_open(tx: Transaction) -> int:
    """Open timers of all organisations."""
    counted: int = (
        await tx.execute(select(func.count()).select_from(TIMER).where(TIMER.c.state == "open"))
    ).scalar_one()
    return counted
