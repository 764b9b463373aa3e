"""Clocks with their targets, breaches and timers: read whole, written as the difference of two states."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import select, tuple_

from services.sla.clocks.rules.clock import Breach, Clock, Status, Target, Why
from services.sla.clocks.store import alarms
from services.sla.clocks.store.rows import (
    CLOCK_COLUMNS,
    breach_of,
    breach_values,
    clock_of,
    clock_values,
    recordset,
    target_values,
)
from services.sla.clocks.store.tables import CLOCK, TARGET
from shared.kernel.errors import NotFound
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.observability.context import Context

Key = tuple[OrgId, str]
Pair = tuple[Clock | None, Clock]  # before (None when new), after

_FIXED: Final = ("org_id", "clock_id", "case_id", "rule", "start_seq", "label_zh", "label_en", "cite", "severity")
_CHANGED: Final = ", ".join(f"{column.name} = new.{column.name}" for column in CLOCK.c if column.name not in _FIXED)

_UPDATE: Final = f"""
    UPDATE clock SET {_CHANGED} FROM jsonb_populate_recordset(NULL::clock, $1::text::jsonb) AS new
    WHERE clock.org_id = new.org_id AND clock.clock_id = new.clock_id
"""  # noqa: S608 (names of columns)
_INSERT: Final = "INSERT INTO clock SELECT * FROM jsonb_populate_recordset(NULL::clock, $1::text::jsonb)"
_INSERT_TARGETS: Final = "INSERT INTO target SELECT * FROM jsonb_populate_recordset(NULL::target, $1::text::jsonb)"
_COUNT_EVENTS: Final = (
    "UPDATE clock SET version = counted.version "
    "FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS counted (org_id, clock_id, version) "
    "WHERE clock.org_id = counted.org_id AND clock.clock_id = counted.clock_id"
)
_UPSERT_BREACHES: Final = """
    INSERT INTO breach (org_id, clock_id, due_at, breached_at, mark, reason, marked_by)
    SELECT org_id, clock_id, due_at, breached_at, mark, reason, marked_by
    FROM jsonb_populate_recordset(NULL::breach, $1::text::jsonb)
    ON CONFLICT (org_id, clock_id, due_at)
    DO UPDATE SET mark = excluded.mark, reason = excluded.reason, marked_by = excluded.marked_by
"""
_SELECT: Final = f"SELECT {CLOCK_COLUMNS} FROM clock"  # noqa: S608 (names of columns)
_ONE: Final = f"{_SELECT} WHERE org_id = $1 AND clock_id = $2"
_WANTED: Final = "unnest($1::uuid[], $2::uuid[]) AS wanted (org_id, id)"
_OF_CASES: Final = f"""
    {_SELECT} JOIN {_WANTED} ON clock.org_id = wanted.org_id AND clock.case_id = wanted.id
    ORDER BY clock.org_id, clock.clock_id FOR UPDATE OF clock
"""
_MANY: Final = f"{_SELECT} JOIN {_WANTED} ON clock.org_id = wanted.org_id AND clock.clock_id = wanted.id"
_PAGE: Final = f"""
    {_SELECT} WHERE org_id = $1 AND case_id = $2 AND ($3::uuid IS NULL OR clock_id > $3::uuid)
    ORDER BY clock_id LIMIT $4
"""
_BREACHES: Final = f"""
    SELECT breach.clock_id::text, breach.due_at, breached_at, mark, reason, marked_by
    FROM breach JOIN {_WANTED} ON breach.org_id = wanted.org_id AND breach.clock_id = wanted.id
    ORDER BY breach.due_at
"""  # noqa: S608 (constants of this file)


async def lock_of_cases(tx: Transaction, cases: Collection[tuple[OrgId, CaseId]]) -> list[Clock]:
    """All clocks of these cases, oldest first, locked until the transaction ends."""
    return await _read(tx, _OF_CASES, _columns(cases)) if cases else []


async def page_of_case(tx: Transaction, *, org: OrgId, case_id: str, after: str | None, limit: int) -> list[Clock]:
    """Clocks of a case beyond `after`, oldest first."""
    return await _read(tx, _PAGE, (org, case_id, after, limit))


async def find(tx: Transaction, *, org: OrgId, clock_id: str, lock: bool = False) -> Clock | None:
    """One clock, or None when absent or another organisation's."""
    found = await _read(tx, f"{_ONE} FOR UPDATE" if lock else _ONE, (org, clock_id))
    return found[0] if found else None


async def get(tx: Transaction, *, org: OrgId, clock_id: str, lock: bool = False) -> Clock:
    """One clock. Raises NotFound for an absent one or another organisation's."""
    clock = await find(tx, org=org, clock_id=clock_id, lock=lock)
    if clock is None:
        raise NotFound
    return clock


async def many(tx: Transaction, keys: Collection[Key]) -> dict[Key, Clock]:
    """These clocks, which the caller has locked."""
    found = await _read(tx, _MANY, _columns(keys)) if keys else []
    return {(clock.org, clock.clock_id): clock for clock in found}


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


async def save(tx: Transaction, pairs: Sequence[Pair], causes: Mapping[Key, Context] | None = None) -> None:
    """Write what changed between the two states of each pair; clocks that end are written before clocks that begin.

    Several pairs of a clock follow each other: each keeps its target, and the last one is what the clock is.
    `causes` has the context in which a clock was changed last, where that is not the current one.
    """
    steps = [(before, after) for before, after in pairs if before != after]
    whole = _whole(steps)
    await _update(tx, [(before, after) for before, after in whole if before is not None])
    if fresh := [clock_values(after) for before, after in whole if before is None]:
        await tx.rows(_INSERT, (recordset(fresh),))
    if kept := [target_values(after, after.dated()) for before, after in steps if _has_new_target(before, after)]:
        await tx.rows(_INSERT_TARGETS, (recordset(kept),))
    if broken := [breach_values(after, breach) for before, after in whole for breach in _new_breaches(before, after)]:
        await tx.rows(_UPSERT_BREACHES, (recordset(broken),))
    moved = {(after.org, after.clock_id) for before, after in steps if _moves_alarms(before, after)}
    await alarms.follow(tx, [pair for pair in whole if (pair[1].org, pair[1].clock_id) in moved], causes or {})


def _whole(steps: Sequence[Pair]) -> list[Pair]:
    """For each clock the state before its first step and the one after its last."""
    whole: dict[Key, Pair] = {}
    for before, after in steps:
        key = after.org, after.clock_id
        first, _ = whole.get(key, (before, after))
        whole[key] = first, after
    return list(whole.values())


async def _update(tx: Transaction, changed: Sequence[tuple[Clock, Clock]]) -> None:
    """An alarm changes no column but the version."""
    counted: list[Clock] = []
    moved: list[Clock] = []
    for before, after in changed:
        only_counted = replace(before, version=after.version, breaches=after.breaches) == after
        (counted if only_counted else moved).append(after)
    if counted:
        keys = _columns([(clock.org, clock.clock_id) for clock in counted])
        await tx.rows(_COUNT_EVENTS, (*keys, [clock.version for clock in counted]))
    if moved:
        await tx.rows(_UPDATE, (recordset([clock_values(clock) for clock in moved]),))


def _has_new_target(before: Clock | None, after: Clock) -> bool:
    return after.target is not None and (
        before is None or before.target is None or before.target.generation != after.target.generation
    )


def _moves_alarms(before: Clock | None, after: Clock) -> bool:
    return _has_new_target(before, after) or before is None or before.status is not after.status


def _new_breaches(before: Clock | None, after: Clock) -> list[Breach]:
    known = set(before.breaches) if before else set()
    return [breach for breach in after.breaches if breach not in known]


async def _read(tx: Transaction, sql: str, parameters: Sequence[object]) -> list[Clock]:
    """The clocks of a query for `CLOCK_COLUMNS`; breaches are read after the lock on the clock is there."""
    rows = await tx.rows(sql, parameters)
    if not rows:
        return []
    breaches: dict[str, list[Breach]] = {}
    for clock_id, *breach in await tx.rows(_BREACHES, _columns([(row[0], row[1]) for row in rows])):
        breaches.setdefault(clock_id, []).append(breach_of(*breach))
    return [clock_of(row, tuple(breaches.get(row[1], ()))) for row in rows]


def _columns(keys: Collection[tuple[OrgId, str]]) -> tuple[list[OrgId], list[str]]:
    return [org for org, _ in keys], [each for _, each in keys]
