"""Clocks with their targets, breaches and timers: read whole, written as the difference of two states."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from services.sla.calendars.rules.counting import Pause
from services.sla.clocks.rules.clock import Breach, Clock, Mark, Severity, Status, Target, Why
from services.sla.clocks.store import alarms
from services.sla.clocks.store.keys import unnested
from services.sla.clocks.store.tables import BREACH, CLOCK, TARGET
from shared.kernel.errors import NotFound
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.text import Text
from shared.platform.db.transaction import Transaction

Key = tuple[OrgId, str]
Pair = tuple[Clock | None, Clock]  # before (None when new), after

_FIXED: Final = ("org_id", "clock_id", "case_id", "rule", "start_seq", "label_zh", "label_en", "cite", "severity")
_CHANGING: Final = tuple(column.name for column in CLOCK.c if column.name not in _FIXED)

_UPDATE: Final = (
    update(CLOCK)
    .where(CLOCK.c.org_id == bindparam("key_org"), CLOCK.c.clock_id == bindparam("key_clock"))
    .values({name: bindparam(name) for name in _CHANGING})
)
_COUNT_EVENTS: Final = (
    "UPDATE sla.clock SET version = counted.version "
    "FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS counted (org_id, clock_id, version) "
    "WHERE clock.org_id = counted.org_id AND clock.clock_id = counted.clock_id RETURNING clock.clock_id"
)
_NEW_BREACH: Final = insert(BREACH)
_UPSERT_BREACH: Final = _NEW_BREACH.on_conflict_do_update(
    index_elements=[BREACH.c.org_id, BREACH.c.clock_id, BREACH.c.due_at],
    set_={name: _NEW_BREACH.excluded[name] for name in ("mark", "reason", "marked_by")},
)


async def all_of_case(tx: Transaction, *, org: OrgId, case_id: CaseId, lock: bool = False) -> list[Clock]:
    """All clocks of a case, oldest first."""
    query = select(CLOCK).where(CLOCK.c.org_id == org, CLOCK.c.case_id == case_id).order_by(CLOCK.c.clock_id)
    return await _read(tx, query.with_for_update() if lock else query)


async def page_of_case(tx: Transaction, *, org: OrgId, case_id: str, after: str | None, limit: int) -> list[Clock]:
    """Clocks of a case beyond `after`, oldest first."""
    query = select(CLOCK).where(CLOCK.c.org_id == org, CLOCK.c.case_id == case_id)
    if after is not None:
        query = query.where(CLOCK.c.clock_id > after)
    return await _read(tx, query.order_by(CLOCK.c.clock_id).limit(limit))


async def find(tx: Transaction, *, org: OrgId, clock_id: str, lock: bool = False) -> Clock | None:
    """One clock, or None when absent or another organisation's."""
    query = select(CLOCK).where(CLOCK.c.org_id == org, CLOCK.c.clock_id == clock_id)
    found = await _read(tx, query.with_for_update() if lock else query)
    return found[0] if found else None


async def get(tx: Transaction, *, org: OrgId, clock_id: str, lock: bool = False) -> Clock:
    """One clock. Raises NotFound for an absent one or another organisation's."""
    clock = await find(tx, org=org, clock_id=clock_id, lock=lock)
    if clock is None:
        raise NotFound
    return clock


async def many(tx: Transaction, keys: Sequence[Key]) -> dict[Key, Clock]:
    """These clocks, which the caller has locked."""
    wanted = unnested(keys)
    query = select(CLOCK).join_from(
        wanted, CLOCK, (CLOCK.c.org_id == wanted.c.org_id) & (CLOCK.c.clock_id == wanted.c.id)
    )
    return {(clock.org, clock.clock_id): clock for clock in await _read(tx, query)}


async def undated(tx: Transaction, *, after: Key | None, limit: int) -> list[Key]:
    """Clocks whose calendar is not confirmed far enough, in the order of their keys."""
    key = tuple_(CLOCK.c.org_id, CLOCK.c.clock_id)
    query = select(CLOCK.c.org_id, CLOCK.c.clock_id).where(CLOCK.c.status == Status.UNDATED)
    if after is not None:
        query = query.where(key > after)
    rows = await tx.execute(query.order_by(CLOCK.c.org_id, CLOCK.c.clock_id).limit(limit))
    return [(OrgId(row.org_id), row.clock_id) for row in rows]


async def targets(tx: Transaction, clock: Clock) -> list[Target]:
    """Every target that the clock ever had, in order; old warnings are not kept."""
    query = select(TARGET).where(TARGET.c.org_id == clock.org, TARGET.c.clock_id == clock.clock_id)
    return [
        Target(
            generation=row.gen,
            goal=row.goal,
            cite=row.cite,
            due_at=row.due_at,
            original_due_at=row.original_due_at,
            warn_at=(),
            set_at=row.set_at,
            why=Why(row.why),
            extension_id=row.extension_id,
            stated=row.stated,
        )
        for row in await tx.execute(query.order_by(TARGET.c.gen))
    ]


async def save(tx: Transaction, pairs: Sequence[Pair]) -> None:
    """Write what changed between the two states of each clock; clocks that end are written before clocks that begin."""
    changed = [(before, after) for before, after in pairs if before != after]
    await _update(tx, [(before, after) for before, after in changed if before is not None])
    if fresh := [_values(after) for before, after in changed if before is None]:
        await tx.execute(insert(CLOCK), fresh)
    if new_targets := [
        _target_values(after, after.dated()) for before, after in changed if _has_new_target(before, after)
    ]:
        await tx.execute(insert(TARGET), new_targets)
    if broken := [row for before, after in changed for row in _breach_values(before, after)]:
        await tx.execute(_UPSERT_BREACH, broken)
    await alarms.follow(tx, [(before, after) for before, after in changed if _moves_alarms(before, after)])


async def _update(tx: Transaction, changed: Sequence[tuple[Clock, Clock]]) -> None:
    """An alarm changes no column but the version; then one statement does for all."""
    counted: list[Clock] = []
    moved: list[Clock] = []
    for before, after in changed:
        only_counted = replace(before, version=after.version, breaches=after.breaches) == after
        (counted if only_counted else moved).append(after)
    if counted:
        orgs, ids = [clock.org for clock in counted], [clock.clock_id for clock in counted]
        await tx.rows(_COUNT_EVENTS, (orgs, ids, [clock.version for clock in counted]))
    if moved:
        await tx.execute(_UPDATE, [_update_values(clock) for clock in moved])


def _has_new_target(before: Clock | None, after: Clock) -> bool:
    return after.target is not None and (
        before is None or before.target is None or before.target.generation != after.target.generation
    )


def _moves_alarms(before: Clock | None, after: Clock) -> bool:
    return _has_new_target(before, after) or before is None or before.status is not after.status


async def _read(tx: Transaction, query: Select[Any]) -> list[Clock]:
    rows = list(await tx.execute(query))
    if not rows:
        return []
    wanted = unnested([(row.org_id, row.clock_id) for row in rows])
    query = select(BREACH).join_from(
        wanted, BREACH, (BREACH.c.org_id == wanted.c.org_id) & (BREACH.c.clock_id == wanted.c.id)
    )
    breaches: dict[str, list[Breach]] = {}
    for row in await tx.execute(query.order_by(BREACH.c.due_at)):
        breaches.setdefault(row.clock_id, []).append(_breach(row))
    return [_clock(row, tuple(breaches.get(row.clock_id, ()))) for row in rows]


def _clock(row: Row[Any], breaches: tuple[Breach, ...]) -> Clock:
    target = None
    if row.gen:
        target = Target(
            generation=row.gen,
            goal=row.goal,
            cite=row.target_cite,
            due_at=row.due_at,
            original_due_at=row.original_due_at,
            warn_at=tuple(row.warn_at),
            set_at=row.target_set_at,
            why=Why(row.why),
            extension_id=row.extension_id,
            stated=row.stated,
            granted_due_at=row.granted_due_at,
        )
    return Clock(
        org=OrgId(row.org_id),
        case_id=CaseId(row.case_id),
        clock_id=row.clock_id,
        rule=row.rule,
        start_seq=row.start_seq,
        label=Text(zh=row.label_zh, en=row.label_en),
        cite=row.cite,
        severity=Severity(row.severity),
        started_at=row.started_at,
        status=Status(row.status),
        target=target,
        calendars=row.calendars,
        version=row.version,
        stopped_at=row.stopped_at,
        stopped_by=row.stopped_by,
        pauses=tuple(_pause(pause) for pause in row.pauses),
        breaches=breaches,
    )


def _values(clock: Clock) -> dict[str, object]:
    target = clock.target
    return {
        "org_id": clock.org,
        "clock_id": clock.clock_id,
        "case_id": clock.case_id,
        "rule": clock.rule,
        "start_seq": clock.start_seq,
        "label_zh": clock.label.zh,
        "label_en": clock.label.en,
        "cite": clock.cite,
        "severity": clock.severity.value,
        "calendars": clock.calendars,
        "status": clock.status.value,
        "started_at": clock.started_at,
        "stopped_at": clock.stopped_at,
        "stopped_by": clock.stopped_by,
        "version": clock.version,
        "gen": target.generation if target else 0,
        "goal": target.goal if target else None,
        "target_cite": target.cite if target else None,
        "due_at": target.due_at if target else None,
        "original_due_at": target.original_due_at if target else None,
        "warn_at": list(target.warn_at) if target else [],
        "target_set_at": target.set_at if target else None,
        "why": target.why.value if target else None,
        "extension_id": target.extension_id if target else None,
        "stated": target.stated if target else None,
        "granted_due_at": target.granted_due_at if target else None,
        "pauses": [_pause_value(pause) for pause in clock.pauses],
    }


def _update_values(clock: Clock) -> dict[str, object]:
    values = _values(clock)
    return {"key_org": clock.org, "key_clock": clock.clock_id} | {name: values[name] for name in _CHANGING}


def _target_values(clock: Clock, target: Target) -> dict[str, object]:
    return {
        "org_id": clock.org,
        "clock_id": clock.clock_id,
        "gen": target.generation,
        "goal": target.goal,
        "cite": target.cite,
        "due_at": target.due_at,
        "original_due_at": target.original_due_at,
        "set_at": target.set_at,
        "why": target.why.value,
        "extension_id": target.extension_id,
        "stated": target.stated,
    }


def _breach_values(before: Clock | None, after: Clock) -> list[dict[str, object]]:
    known = set(before.breaches) if before else set()
    return [
        {
            "org_id": after.org,
            "clock_id": after.clock_id,
            "due_at": breach.due_at,
            "breached_at": breach.breached_at,
            "mark": breach.mark.value,
            "reason": breach.reason,
            "marked_by": breach.marked_by,
        }
        for breach in after.breaches
        if breach not in known
    ]


def _breach(row: Row[Any]) -> Breach:
    return Breach(
        due_at=row.due_at,
        breached_at=row.breached_at,
        mark=Mark(row.mark),
        reason=row.reason,
        marked_by=row.marked_by,
    )


def _pause(stored: dict[str, Any]) -> Pause:
    until = stored["until_at"]
    return Pause(
        from_at=datetime.fromisoformat(stored["from_at"]),
        until_at=datetime.fromisoformat(until) if until else None,
        event=stored["event"],
    )


def _pause_value(pause: Pause) -> dict[str, str | None]:
    return {
        "from_at": pause.from_at.astimezone(UTC).isoformat(),
        "until_at": pause.until_at.astimezone(UTC).isoformat() if pause.until_at else None,
        "event": pause.event,
    }
