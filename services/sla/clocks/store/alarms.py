"""Alarms (the table `timer`): armed with a target, claimed when due, fired once.

A worker claims an alarm by locking its clock (never the alarm's row). Events lock the clock too, so the two cannot
deadlock; an alarm is marked as fired under that lock, so it fires once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Row, Select, func, select

from services.sla.clocks import metrics
from services.sla.clocks.rules.clock import Clock, Severity, Status
from services.sla.clocks.rules.transitions import breaches_at
from services.sla.clocks.store.tables import ALARM, CLOCK
from services.sla.migrations.schema import KERNEL
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import Transaction
from shared.platform.observability.context import Context, current_traceparent

Kind = Literal["warning", "breach"]
Pair = tuple[Clock | None, Clock]

_ORGANISATION: Final = KERNEL.organisation
_CANCEL: Final = """
    UPDATE timer SET state =
        CASE WHEN kind = 'warning' AND due_at < coalesce(organisation.simulated_now, now())
        THEN 'overtaken' ELSE 'cancelled' END
    FROM unnest($1::uuid[], $2::uuid[]) AS moved (org_id, clock_id) LEFT JOIN organisation USING (org_id)
    WHERE timer.org_id = moved.org_id AND timer.clock_id = moved.clock_id AND timer.state = 'open'
    RETURNING timer.state
"""
"""A warning that was due and had not been fired when its clock moved on was overtaken: the worker was late."""
_ARM: Final = """
    INSERT INTO timer (org_id, timer_id, clock_id, kind, gen, due_at, simulated, state, traceparent)
    SELECT armed.org_id, timer_id, clock_id, kind, gen, due_at, organisation.simulated_now IS NOT NULL, 'open',
        traceparent
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::timestamptz[], $7::text[])
        AS armed (org_id, timer_id, clock_id, kind, gen, due_at, traceparent)
    LEFT JOIN organisation ON organisation.org_id = armed.org_id
"""
_FIRE: Final = """
    UPDATE timer SET state = 'fired', fired_at = now() FROM unnest($1::uuid[], $2::uuid[]) AS due (org_id, timer_id)
    WHERE timer.org_id = due.org_id AND timer.timer_id = due.timer_id AND timer.state = 'open'
    RETURNING timer.timer_id::text
"""
UNTIL_DUE_REAL: Final = """
    SELECT extract(epoch FROM min(due_at) - now())::float8 FROM timer WHERE state = 'open' AND NOT simulated
"""
UNTIL_DUE_SIMULATED: Final = """
    SELECT 0::float8 WHERE EXISTS (
        SELECT FROM organisation WHERE simulated_now >= (
            SELECT min(due_at) FROM timer WHERE org_id = organisation.org_id AND state = 'open' AND simulated
        )
    )
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueAlarm:
    """An alarm whose instant has come.

    Its effect happens at its own instant for a simulated organisation, when it fires for one on real time;
    `late_by` is the number of seconds in between, `traceparent` names the span that armed it.
    """

    org: OrgId
    alarm_id: str
    clock_id: str
    kind: Kind
    generation: int
    due_at: datetime
    happened_at: datetime
    late_by: float
    traceparent: str | None


async def follow(tx: Transaction, pairs: Sequence[Pair], causes: Mapping[tuple[OrgId, str], Context]) -> None:
    """End the open alarms of these clocks, as overtaken or cancelled, and arm those of their present targets.

    `causes` has the contexts in which clocks were changed, where that is not the current one.
    """
    here = current_traceparent()
    if known := [(after.org, after.clock_id) for before, after in pairs if before is not None]:
        ended = await tx.rows(_CANCEL, _columns(known))
        metrics.WARNINGS_OVERTAKEN.inc(sum(state == "overtaken" for (state,) in ended))
    armed = []
    for clock in [after for _, after in pairs if after.status is Status.RUNNING]:
        cause = causes.get((clock.org, clock.clock_id))
        traceparent = here if cause is None else cause.traceparent
        armed += [(*row, traceparent) for row in _alarms(clock)]
    if armed:
        await tx.rows(_ARM, _columns(armed))


def _alarms(clock: Clock) -> list[tuple[object, ...]]:
    target = clock.dated()
    rows = [_alarm(clock, "warning", at) for at in target.warn_at]
    if clock.breach is None or clock.severity is Severity.WARNING:
        rows.append(_alarm(clock, "breach", breaches_at(target.due_at)))
    return rows


def _alarm(clock: Clock, kind: Kind, due_at: datetime) -> tuple[object, ...]:
    return clock.org, new_id(), clock.clock_id, kind, clock.dated().generation, due_at


def _columns(rows: Sequence[Sequence[object]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


async def claim(tx: Transaction, *, simulated: bool, limit: int) -> list[DueAlarm]:
    """Up to `limit` due alarms in due order, marked as fired, their clocks locked until the transaction ends.

    What another worker holds is skipped; what another worker fired after our snapshot is left out.
    """
    rows = list(await tx.execute(due(simulated=simulated, limit=limit)))
    if not rows:
        return []
    won = {timer_id for (timer_id,) in await tx.rows(_FIRE, _columns([(row.org_id, row.timer_id) for row in rows]))}
    return [_due_alarm(row, simulated=simulated) for row in rows if row.timer_id in won]


def due(*, simulated: bool, limit: int) -> Select[Any]:
    """The alarms that are due by the database's clock, or, of simulated organisations, each by its own."""
    columns = [ALARM.c[name] for name in ("org_id", "timer_id", "clock_id", "kind", "gen", "due_at", "traceparent")]
    joined = ALARM.join(CLOCK, (CLOCK.c.org_id == ALARM.c.org_id) & (CLOCK.c.clock_id == ALARM.c.clock_id))
    query = select(*columns, func.now().label("now"))
    if simulated:
        joined = joined.join(_ORGANISATION, _ORGANISATION.c.org_id == ALARM.c.org_id)
        query = query.where(ALARM.c.simulated, ALARM.c.due_at <= _ORGANISATION.c.simulated_now)
    else:
        query = query.where(~ALARM.c.simulated, ALARM.c.due_at <= func.now())
    ordered = query.select_from(joined).where(ALARM.c.state == "open").order_by(ALARM.c.due_at)
    return ordered.limit(limit).with_for_update(of=CLOCK, skip_locked=True)


def _due_alarm(row: Row[Any], *, simulated: bool) -> DueAlarm:
    happened_at: datetime = row.due_at if simulated else row.now
    return DueAlarm(
        org=OrgId(row.org_id),
        alarm_id=row.timer_id,
        clock_id=row.clock_id,
        kind=row.kind,
        generation=row.gen,
        due_at=row.due_at,
        happened_at=happened_at,
        late_by=(happened_at - row.due_at).total_seconds(),
        traceparent=row.traceparent,
    )


async def outstanding(tx: Transaction, *, org: OrgId, now: datetime) -> tuple[int, datetime | None]:
    """How many alarms of the organisation are due at `now` and unfired, and when the next one fires."""
    mine = (ALARM.c.org_id == org) & (ALARM.c.state == "open")
    counts = select(func.count().filter(ALARM.c.due_at <= now), func.min(ALARM.c.due_at).filter(ALARM.c.due_at > now))
    due_now: int
    next_due_at: datetime | None
    due_now, next_due_at = tuple((await tx.execute(counts.where(mine))).one())
    return due_now, next_due_at


async def count_open(tx: Transaction) -> int:
    """Open alarms of all organisations."""
    counted: int = (
        await tx.execute(select(func.count()).select_from(ALARM).where(ALARM.c.state == "open"))
    ).scalar_one()
    return counted


async def longest_overdue(tx: Transaction) -> float:
    """Seconds since the first of the alarms on real time that are due and have not fired was due; 0 when none is."""
    [(seconds,)] = await tx.rows(_LONGEST_OVERDUE)
    return max(0.0, float(seconds))


_LONGEST_OVERDUE: Final = """
    SELECT coalesce(extract(epoch FROM now() - min(due_at)), 0)::float8
    FROM timer WHERE state = 'open' AND NOT simulated
"""


async def pending(tx: Transaction, org: OrgId, now: datetime) -> tuple[dict[str, int], datetime | None]:
    """What quiescence counts: alarms due and not fired, and when the next one fires.

    A breach alarm fires one smallest step after the due instant, so stepping to it shows the breach.
    """
    due_now, next_due_at = await outstanding(tx, org=org, now=now)
    return {"timers": due_now}, next_due_at
