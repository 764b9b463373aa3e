"""What cases have in common, one row for each case and key, and the keys that each pack of an organisation declares.

The rows are written in the statements that write the case, by the function `intake.look_value`; those of cases that
were there before a key was declared, by a job. A transaction that reads others by a value holds a lock on it to
its end, so that two cases which look at each other wait for one another.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Column, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table, Text, text

from services.intake.looks.rules import MOST_OTHERS, Looker, Other
from services.intake.migrations.schema import METADATA
from shared.kernel.ids import CaseId, OrgId
from shared.packs.intake.model.looks import SameCases
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

LOOK_KEY: Final = Table(
    "look_key",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    Column("key", Text, nullable=False),
    Column("value", Text),
    instant_column("received_at"),
    Column("case_type", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "case_id", "key"),
    ForeignKeyConstraint(["org_id", "case_id"], ["intake.case_file.org_id", "intake.case_file.case_id"]),
    Index("ix_look_key_value", "org_id", "key", "value", "received_at", "case_id"),
)
"""`value` is NULL while something of the key is absent."""

LOOK_DECLARED: Final = Table(
    "look_declared",
    METADATA,
    uuid_column("org_id"),
    Column("pack", Text, nullable=False),
    Column("key", Text, nullable=False),
    uuid_column("filled_to", nullable=True),
    instant_column("filled_at", nullable=True),
    PrimaryKeyConstraint("org_id", "pack", "key"),
    Index("ix_look_declared_unfilled", "org_id", postgresql_where=text("filled_at IS NULL")),
)
"""`filled_to` is the last of the earlier cases that have their row; `filled_at` is set when all have it."""

_BATCH: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """The value of one key, held; None where something of it is absent."""

    value: str | None
    is_filled: bool
    """Whether every case of the pack has its row."""


async def hold_keys(tx: Transaction, keys: Collection[str], *, of: Looker) -> dict[str, Key]:
    """The looker's values by key, each held against all others that look by it, in one order for all transactions."""
    own = (of.customer_ref, of.order_ref, of.case_type, of.owner, orjson.dumps(dict(of.facts)).decode())
    rows = await tx.rows(_HOLD, (of.org, of.pack, sorted(keys), *own))
    return {key: Key(value=value, is_filled=is_filled) for key, value, is_filled, _ in rows}


_HOLD: Final = """
    SELECT key, value, is_filled, pg_advisory_xact_lock(held)
    FROM (
        SELECT wanted.key, wanted.value, d.filled_at IS NOT NULL AS is_filled,
            hashtextextended($1::text || '/' || wanted.key || '/' || wanted.value, 0) AS held
        FROM (
            SELECT k AS key, intake.look_value(k, $4::text, $5::text, $6::text, $7::text, $8::text::jsonb) AS value
            FROM unnest($3::text[]) AS k
        ) wanted
        LEFT JOIN intake.look_declared d ON d.org_id = $1::text::uuid AND d.pack = $2::text AND d.key = wanted.key
        ORDER BY wanted.key COLLATE "C", wanted.value COLLATE "C"
        OFFSET 0
    ) s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Receipts from `since` (of all times when None) until `until`, both inclusive."""

    since: datetime | None
    until: datetime | None


async def others_with(
    tx: Transaction, item: SameCases, value: str, *, of: Looker, span: Span, case_types: Sequence[str]
) -> list[Other]:
    """At most one more than `MOST_OTHERS` cases of the pack with this value, in the order of receipt."""
    needs_milestones = _mentions_milestones(item)
    place = (of.org, item.key, value, of.case_id, of.pack)
    rows = await tx.rows(OTHERS, (*place, span.since, span.until, list(case_types), needs_milestones, MOST_OTHERS + 1))
    return [_other(row) for row in rows]


def _mentions_milestones(item: SameCases) -> bool:
    written = (getattr(item, name, None) for name in ("when", "sum", "among"))
    return any("milestones" in variable for each in written if each is not None for variable in each.variables)


OTHERS: Final = """
    SELECT c.case_id::text, c.number, c.case_type, c.status, c.received_at, c.facts::text,
        CASE WHEN $9::bool THEN
            ARRAY(SELECT m.reached ->> 'name' FROM jsonb_array_elements(c.milestones) WITH ORDINALITY m (reached, place)
                  ORDER BY m.place)
            || ARRAY(SELECT t.what FROM intake.timeline_entry t
                     WHERE t.org_id = c.org_id AND t.case_id = c.case_id AND t.milestone ORDER BY t.at, t.entry_id)
        ELSE '{}' END
    FROM intake.look_key k JOIN intake.case_file c ON c.org_id = k.org_id AND c.case_id = k.case_id
    WHERE k.org_id = $1::uuid AND k.key = $2::text AND k.value = $3::text AND k.case_id <> $4::uuid
      AND k.received_at >= coalesce($6::timestamptz, '-infinity')
      AND k.received_at <= coalesce($7::timestamptz, 'infinity')
      AND (cardinality($8::text[]) = 0 OR k.case_type = ANY($8::text[])) AND c.pack = $5::text AND NOT c.is_purged
    ORDER BY k.received_at, k.case_id LIMIT $10::int
"""


def _other(row: Sequence[Any]) -> Other:
    case_id, number, case_type, status, received_at, facts, milestones = row
    return Other(
        case_id=CaseId(case_id),
        number=number,
        case_type=case_type,
        status=status,
        received_at=received_at,
        facts=orjson.loads(facts),
        milestones=tuple(milestones),
    )


async def write_keys(tx: Transaction, *, org: OrgId, case_id: CaseId) -> None:
    """Write the rows of a case anew, where a statement of its own has changed it."""
    await tx.rows(_WRITE, (org, case_id))


ON_CHANGE: Final = (
    "ON CONFLICT (org_id, case_id, key) DO UPDATE SET value = excluded.value, case_type = excluded.case_type "
    "WHERE (look_key.value, look_key.case_type) IS DISTINCT FROM (excluded.value, excluded.case_type)"
)


def keyed(case: str) -> str:
    """An INSERT of the rows of the cases in `case`, which has the columns of a case file; without a conflict clause."""
    return (
        "INSERT INTO intake.look_key (org_id, case_id, key, value, received_at, case_type) "  # noqa: S608 (constants)
        "SELECT c.org_id, c.case_id, d.key, "
        "intake.look_value(d.key, c.customer_ref, c.order_ref, c.case_type, c.owner, c.facts), "
        "c.received_at, c.case_type "
        f"FROM {case} c JOIN intake.look_declared d ON d.org_id = c.org_id AND d.pack = c.pack "
        "WHERE NOT c.is_purged"
    )


_WRITE: Final = f"{keyed('intake.case_file')} AND c.org_id = $1::uuid AND c.case_id = $2::uuid {ON_CHANGE}"


async def declare_keys(tx: Transaction, keys: Collection[str], *, org: OrgId, pack: str) -> None:
    """From now on cases of the pack have a row for each of these keys.

    A new key waits for the transactions that are writing cases without it, for they would be missed; cases that are
    there already are the job's. To be called last: who declares keys waits for the end of another who does, as of two
    that have read the table neither could lock it.
    """
    place = (org, pack, sorted(keys))
    if not keys:
        return
    await tx.rows("SELECT pg_advisory_xact_lock(hashtextextended('intake.look_declared', 0))")
    if await tx.rows(_UNDECLARED, place):
        await tx.rows("LOCK TABLE intake.look_declared IN ACCESS EXCLUSIVE MODE")
        await tx.rows(_DECLARE, place)


_UNDECLARED: Final = """
    SELECT k FROM unnest($3::text[]) AS k
    EXCEPT SELECT key FROM intake.look_declared WHERE org_id = $1::uuid AND pack = $2::text
"""
_DECLARE: Final = """
    INSERT INTO intake.look_declared (org_id, pack, key, filled_at)
    SELECT $1::uuid, $2::text, k,
        CASE WHEN NOT EXISTS (SELECT FROM intake.case_file WHERE org_id = $1::uuid) THEN now() END
    FROM unnest($3::text[]) AS k ON CONFLICT DO NOTHING
"""


async def fill_batch(tx: Transaction) -> int:
    """Write the rows of one batch of earlier cases for one key that lacks them; how many cases were gone through.

    The cases are held, so that none is purged meanwhile. A key is filled with the batch that is not full.
    """
    claimed = await tx.rows(_CLAIM)
    if not claimed:
        return 0
    [(org, pack, key, filled_to)] = claimed
    [(read, last)] = await tx.rows(_FILL, (org, pack, key, filled_to, _BATCH))
    await tx.rows(_FILLED, (org, pack, key, last or filled_to, read < _BATCH))
    return max(int(read), 1)


async def count_unfilled(tx: Transaction, org: OrgId) -> int:
    """How many keys of the organisation earlier cases are still being indexed by."""
    rows = await tx.rows(
        "SELECT count(*) FROM intake.look_declared WHERE org_id = $1::uuid AND filled_at IS NULL", (org,)
    )
    return int(rows[0][0])


_CLAIM: Final = """
    SELECT org_id::text, pack, key, filled_to::text FROM intake.look_declared WHERE filled_at IS NULL
    ORDER BY org_id, pack, key LIMIT 1 FOR UPDATE SKIP LOCKED
"""
_FILL: Final = """
    WITH batch AS MATERIALIZED (
        SELECT * FROM intake.case_file
        WHERE org_id = $1::uuid AND case_id > coalesce($4::uuid, '00000000-0000-0000-0000-000000000000')
        ORDER BY case_id LIMIT $5::int FOR SHARE
    ), filled AS (
        INSERT INTO intake.look_key (org_id, case_id, key, value, received_at, case_type)
        SELECT c.org_id, c.case_id, $3::text,
            intake.look_value($3::text, c.customer_ref, c.order_ref, c.case_type, c.owner, c.facts),
            c.received_at, c.case_type
        FROM batch c WHERE c.pack = $2::text AND NOT c.is_purged
        ON CONFLICT DO NOTHING
    )
    SELECT count(*), (SELECT case_id::text FROM batch ORDER BY case_id DESC LIMIT 1) FROM batch
"""
_FILLED: Final = """
    UPDATE intake.look_declared SET filled_to = $4::uuid, filled_at = CASE WHEN $5::bool THEN now() END
    WHERE org_id = $1::uuid AND pack = $2::text AND key = $3::text
"""
