"""Records of standing facts: written once, numbered for each subject and name, read as they hold at an instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.intake.migrations.schema import METADATA
from services.intake.standing.rules import InEffect, Known, Record, Starts, Stated, Subject
from shared.kernel.ids import OrgId
from shared.packs.intake.model.standing import SubjectKind
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

STANDING_FACT: Final = Table(
    "standing_fact",
    METADATA,
    uuid_column("org_id"),
    Column("subject_kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("value", JSONB),
    instant_column("valid_from"),
    instant_column("valid_until", nullable=True),
    Column("is_withdrawn", Boolean, nullable=False),
    instant_column("recorded_at"),
    Column("recorded_by", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "subject_kind", "subject", "name", "revision"),
    CheckConstraint("revision > 0", name="revision"),
    CheckConstraint("valid_until > valid_from", name="span"),
    CheckConstraint("is_withdrawn OR value IS NOT NULL", name="value"),
    Index(
        "ix_standing_fact_valid",
        "org_id",
        "subject_kind",
        "subject",
        "name",
        "valid_from",
        "revision",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """A record as it is stored."""

    record: Record
    recorded_at: datetime
    recorded_by: str


async def hold_records(tx: Transaction, *, org: OrgId) -> None:
    """Let no other transaction of the organisation record standing facts until this one ends: revisions have no gap."""
    await tx.rows("SELECT pg_advisory_xact_lock(hashtextextended($1::text || '/standing', 0))", (org,))


async def known_of(tx: Transaction, places: Sequence[Starts], *, org: OrgId) -> dict[Starts, Known]:
    """What is on record of subjects and names, and of the records that begin at these instants."""
    distinct = list(dict.fromkeys(places))
    columns = (
        [of.kind for of, _ in distinct],
        [of.subject for of, _ in distinct],
        [of.name for of, _ in distinct],
        [starts for _, starts in distinct],
    )
    rows = await tx.rows(_KNOWN, (org, *columns))
    return {
        distinct[place - 1]: Known(last_revision=last or 0, same_start=_record(found) if found else None)
        for place, last, found in rows
    }


_KNOWN: Final = """
    SELECT w.place::int,
        (SELECT max(revision) FROM intake.standing_fact s WHERE s.org_id = $1::uuid AND s.subject_kind = w.kind
            AND s.subject = w.subject AND s.name = w.name),
        (SELECT row_to_json(s)::text FROM intake.standing_fact s WHERE s.org_id = $1::uuid AND s.subject_kind = w.kind
            AND s.subject = w.subject AND s.name = w.name AND s.valid_from = w.starts ORDER BY s.revision DESC LIMIT 1)
    FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[])
        WITH ORDINALITY AS w (kind, subject, name, starts, place)
"""


def _record(found: str) -> Record:
    row = orjson.loads(found)
    until = row["valid_until"]
    stated = Stated(
        of=Subject(kind=row["subject_kind"], subject=row["subject"], name=row["name"]),
        value=row["value"],
        valid_from=datetime.fromisoformat(row["valid_from"]),
        valid_until=datetime.fromisoformat(until) if until else None,
        is_withdrawn=row["is_withdrawn"],
    )
    return Record(stated=stated, revision=row["revision"])


async def add_records(tx: Transaction, records: Sequence[Record], *, org: OrgId, by: str, now: datetime) -> None:
    """Insert them, with one statement."""
    if records:
        columns = zip(*(_columns(record) for record in records), strict=True)
        await tx.rows(_ADD, (org, now, by, *map(list, columns)))


def _columns(record: Record) -> tuple[object, ...]:
    row, of = record.stated, record.stated.of
    value = None if row.value is None else orjson.dumps(row.value).decode()
    span = (row.valid_from, row.valid_until, row.is_withdrawn)
    return (of.kind, of.subject, of.name, record.revision, value, *span)


_ADD: Final = """
    INSERT INTO intake.standing_fact (org_id, recorded_at, recorded_by, subject_kind, subject, name, revision, value,
        valid_from, valid_until, is_withdrawn)
    SELECT $1::uuid, $2::timestamptz, $3::text, kind, subject, name, revision, value::jsonb, valid_from, valid_until,
        is_withdrawn
    FROM unnest($4::text[], $5::text[], $6::text[], $7::int[], $8::text[], $9::timestamptz[], $10::timestamptz[],
        $11::boolean[]) AS r (kind, subject, name, revision, value, valid_from, valid_until, is_withdrawn)
"""


async def in_effect(
    tx: Transaction, wanted: Sequence[tuple[Subject, datetime]], *, org: OrgId
) -> Mapping[tuple[Subject, datetime], InEffect]:
    """The record of each subject and name that holds at the instant, as it is known now; none where none holds."""
    if not wanted:
        return {}
    distinct = list(dict.fromkeys(wanted))
    columns = (
        [of.kind for of, _ in distinct],
        [of.subject for of, _ in distinct],
        [of.name for of, _ in distinct],
        [at for _, at in distinct],
    )
    rows = await tx.rows(_IN_EFFECT, (org, *columns))
    return {
        distinct[place - 1]: InEffect(value=orjson.loads(value), valid_from=valid_from, revision=revision)
        for place, value, valid_from, revision in rows
    }


_IN_EFFECT: Final = """
    SELECT w.place::int, f.value::text, f.valid_from, f.revision
    FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[])
        WITH ORDINALITY AS w (kind, subject, name, at, place)
    CROSS JOIN LATERAL (
        SELECT s.* FROM (
            SELECT DISTINCT ON (valid_from) value, valid_from, valid_until, is_withdrawn, revision
            FROM intake.standing_fact
            WHERE org_id = $1::uuid AND subject_kind = w.kind AND subject = w.subject AND name = w.name
              AND valid_from <= w.at
            ORDER BY valid_from DESC, revision DESC
        ) s
        WHERE NOT s.is_withdrawn AND (s.valid_until IS NULL OR s.valid_until > w.at)
        ORDER BY s.valid_from DESC LIMIT 1
    ) f
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose records are listed: all of them, or those that hold at `as_of`, as it was known at `known_at`."""

    kind: SubjectKind
    subject: str
    name: str | None
    as_of: datetime | None
    known_at: datetime | None


async def records_page(
    tx: Transaction, wanted: Wanted, *, org: OrgId, after: tuple[str, int] | None, limit: int
) -> list[RecordRow]:
    """Records of a subject by name and revision, beyond `after`."""
    name, revision = after or ("", 0)
    query = _ALL if wanted.as_of is None else _HOLDING
    place = (org, wanted.kind, wanted.subject, wanted.name, wanted.known_at, name, revision, limit)
    rows = await tx.rows(query, place if wanted.as_of is None else (*place, wanted.as_of))
    return [_row(row) for row in rows]


def _row(row: Sequence[Any]) -> RecordRow:
    found, recorded_at, recorded_by = row
    return RecordRow(record=_record(found), recorded_at=recorded_at, recorded_by=recorded_by)


_OF_SUBJECT: Final = """
    s.org_id = $1::uuid AND s.subject_kind = $2::text AND s.subject = $3::text
    AND ($4::text IS NULL OR s.name = $4::text) AND ($5::timestamptz IS NULL OR s.recorded_at <= $5::timestamptz)
"""
_PAGE: Final = """
    WHERE (s.name, s.revision) > ($6::text, $7::int) ORDER BY s.name, s.revision LIMIT $8::int
"""
_ALL: Final = f"""
    SELECT row_to_json(s)::text, s.recorded_at, s.recorded_by
    FROM (SELECT * FROM intake.standing_fact s WHERE {_OF_SUBJECT}) s {_PAGE}
"""  # noqa: S608 (constants)
_HOLDING: Final = f"""
    SELECT row_to_json(s)::text, s.recorded_at, s.recorded_by
    FROM (
        SELECT DISTINCT ON (name) * FROM (
            SELECT DISTINCT ON (s.name, s.valid_from) * FROM intake.standing_fact s
            WHERE {_OF_SUBJECT} AND s.valid_from <= $9::timestamptz
            ORDER BY s.name, s.valid_from DESC, s.revision DESC
        ) newest
        WHERE NOT is_withdrawn AND (valid_until IS NULL OR valid_until > $9::timestamptz)
        ORDER BY name, valid_from DESC
    ) s {_PAGE}
"""  # noqa: S608 (constants)
