"""When files of a case are due next, and what stays of files whose term is over."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table

from services.intake.cases.store.tables import CASE
from services.intake.evidence.rules import Erasure, Evidence
from services.intake.migrations.schema import METADATA
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

FILE_TERM: Final = Table(
    "file_term",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    instant_column("next_at"),
    PrimaryKeyConstraint("org_id", "case_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
    Index("ix_file_term_next_at", "next_at"),
)
"""One row for each case of which a file is due some day; worked out anew with every change of the case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A case of which a file was due at `next_at`."""

    org: OrgId
    case_id: CaseId


async def set_next(tx: Transaction, due: Collection[tuple[OrgId, CaseId, datetime | None]]) -> None:
    """When a file of each of these locked cases is due next; None for those of which none is."""
    if not due:
        return
    orgs, cases, instants = zip(*due, strict=True)
    await tx.rows(_FORGET, (list(orgs), list(cases), list(instants)))
    await tx.rows(_SET, (list(orgs), list(cases), list(instants)))


_FORGET: Final = """
    DELETE FROM intake.file_term t USING unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS told (org_id, case_id, at)
    WHERE t.org_id = told.org_id AND t.case_id = told.case_id AND told.at IS NULL
"""
_SET: Final = """
    INSERT INTO intake.file_term AS t (org_id, case_id, next_at)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS told (org_id, case_id, at) WHERE at IS NOT NULL
    ON CONFLICT (org_id, case_id) DO UPDATE SET next_at = excluded.next_at WHERE t.next_at <> excluded.next_at
"""


async def due_first(tx: Transaction, *, simulated: bool, limit: int) -> list[Due]:
    """Cases of which a file is due on the organisation's clock; not locked, so each is looked at again under a lock."""
    rows = await tx.rows(_DUE_SIMULATED if simulated else _DUE, (limit,))
    return [Due(org=OrgId(org), case_id=CaseId(case_id)) for org, case_id in rows]


_DUE: Final = """
    SELECT t.org_id::text, t.case_id::text FROM intake.file_term t JOIN intake.organisation o USING (org_id)
    WHERE o.simulated_now IS NULL AND t.next_at <= now() ORDER BY t.next_at LIMIT $1::int
"""
_DUE_SIMULATED: Final = """
    SELECT t.org_id::text, t.case_id::text FROM intake.file_term t JOIN intake.organisation o USING (org_id)
    WHERE t.next_at <= o.simulated_now ORDER BY t.next_at LIMIT $1::int
"""


async def add_erasure(tx: Transaction, file: Evidence, erasure: Erasure, *, org: OrgId, case_id: CaseId) -> None:
    """Write down what stays of the file of the locked case, and erase its name; the bytes are still in the store."""
    place = (org, case_id, file.evidence_id)
    what = (file.sha256, erasure.rule, erasure.label.zh, erasure.label.en, erasure.cite)
    await tx.rows(_ADD, (*place, *what, erasure.kept_since, erasure.until, erasure.erased_at))
    await tx.rows("SELECT set_config('intake.purging', $1, true)", (case_id,))
    await tx.rows(_UNNAME, place)
    await tx.rows("SELECT set_config('intake.purging', '', true)")


_ADD: Final = """
    INSERT INTO intake.evidence_erasure (org_id, case_id, evidence_id, sha256, rule, label_zh, label_en, cite,
        kept_since, until, erased_at)
    SELECT $1::uuid, $2::uuid, $3::uuid, $4::text, $5::text, $6::text, $7::text, $8::text, $9::timestamptz, $10::date,
        $11::timestamptz
"""
_UNNAME: Final = """
    UPDATE intake.evidence SET filename = NULL
    WHERE org_id = $1::uuid AND case_id = $2::uuid AND evidence_id = $3::uuid
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasedFile:
    """A file whose term is over and whose bytes may still be in the store; `is_shared`: another file has the same."""

    org: OrgId
    case_id: CaseId
    evidence_id: str
    sha256: str
    is_shared: bool


async def erased_files(tx: Transaction, *, limit: int) -> Sequence[ErasedFile]:
    """Those whose bytes may still be there, oldest first.

    No file with the same content is added to a case that has an erased one, so what is not shared stays so.
    """
    rows = await tx.rows(_LEFT, (limit,))
    return [
        ErasedFile(org=OrgId(org), case_id=CaseId(case_id), evidence_id=evidence_id, sha256=sha256, is_shared=is_shared)
        for org, case_id, evidence_id, sha256, is_shared in rows
    ]


_LEFT: Final = """
    SELECT e.org_id::text, e.case_id::text, e.evidence_id::text, e.sha256, EXISTS (
        SELECT FROM intake.evidence f
        WHERE f.org_id = e.org_id AND f.case_id = e.case_id AND f.sha256 = e.sha256 AND NOT EXISTS (
            SELECT FROM intake.evidence_erasure g
            WHERE g.org_id = f.org_id AND g.case_id = f.case_id AND g.evidence_id = f.evidence_id))
    FROM intake.evidence_erasure e WHERE e.file_erased_at IS NULL ORDER BY e.erased_at LIMIT $1::int
"""


async def note_file_erased(tx: Transaction, file: ErasedFile, *, now: datetime) -> None:
    """The store does not have it any more, or has it for another file."""
    await tx.rows(
        "UPDATE intake.evidence_erasure SET file_erased_at = $4::timestamptz WHERE org_id = $1::uuid "
        "AND case_id = $2::uuid AND evidence_id = $3::uuid AND file_erased_at IS NULL",
        (file.org, file.case_id, file.evidence_id, now),
    )


async def pending(tx: Transaction, org: OrgId, *, now: datetime) -> tuple[dict[str, int], datetime | None]:
    """Cases with a file that is due at `now` and erased files that may still be stored; when the next file is due."""
    [(due, left, next_at)] = await tx.rows(
        "SELECT (SELECT count(*) FROM intake.file_term WHERE org_id = $1::uuid AND next_at <= $2::timestamptz), "
        "(SELECT count(*) FROM intake.evidence_erasure WHERE org_id = $1::uuid AND file_erased_at IS NULL), "
        "(SELECT min(next_at) FROM intake.file_term WHERE org_id = $1::uuid AND next_at > $2::timestamptz)",
        (org, now),
    )
    return {"file_terms": due, "erase_term_files": left}, next_at
