"""The rows of stored files; the bytes are in the object store (`client.py`)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from services.intake.cases.store.cases import instant_of
from services.intake.cases.store.tables import CASE
from services.intake.evidence.rules import (
    Erasure,
    Evidence,
    EvidenceErased,
    EvidencePurged,
    EvidenceTermOver,
    EvidenceUnknown,
)
from services.intake.migrations.schema import METADATA
from shared.kernel.ids import CaseId, OrgId
from shared.kernel.text import Text as Label
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

EVIDENCE: Final = Table(
    "evidence",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    uuid_column("evidence_id"),
    Column("kind", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("filename", Text),
    instant_column("added_at"),
    Column("added_by", Text, nullable=False),
    Column("by_customer", Boolean, nullable=False, server_default=false()),
    PrimaryKeyConstraint("org_id", "case_id", "evidence_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
    CheckConstraint("size > 0", name="size"),
    CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
    Index("uq_evidence_content", "org_id", "case_id", "kind", "sha256", unique=True),
)


EVIDENCE_ERASURE: Final = Table(
    "evidence_erasure",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    uuid_column("evidence_id"),
    Column("sha256", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("label_zh", Text, nullable=False),
    Column("label_en", Text, nullable=False),
    Column("cite", Text, nullable=False),
    instant_column("kept_since"),
    Column("until", Date, nullable=False),
    instant_column("erased_at"),
    instant_column("file_erased_at", nullable=True),
    PrimaryKeyConstraint("org_id", "case_id", "evidence_id"),
    ForeignKeyConstraint(
        ["org_id", "case_id", "evidence_id"],
        [EVIDENCE.c.org_id, EVIDENCE.c.case_id, EVIDENCE.c.evidence_id],
    ),
    Index("ix_evidence_erasure_left", "erased_at", postgresql_where=text("file_erased_at IS NULL")),
)
"""`file_erased_at` is set once the store is rid of the file, which follows the commit."""


_COLUMNS: Final = tuple(name for name in Evidence.__slots__ if name != "erasure")


async def add_evidence(tx: Transaction, evidence: Evidence, *, org: OrgId, case_id: CaseId) -> bool:
    """Insert a file's row; False when the case has the same content under the same kind."""
    statement = insert(EVIDENCE).values(
        org_id=org,
        case_id=case_id,
        evidence_id=evidence.evidence_id,
        kind=evidence.kind,
        media_type=evidence.media_type,
        size=evidence.size,
        sha256=evidence.sha256,
        filename=evidence.filename,
        added_at=evidence.added_at,
        added_by=evidence.added_by,
        by_customer=evidence.by_customer,
    )
    return (await tx.execute(statement.on_conflict_do_nothing())).rowcount == 1


async def find_evidence(tx: Transaction, *, org: OrgId, case_id: CaseId, kind: str, sha256: str) -> Evidence | None:
    """The file of the case that has this content under this kind."""
    mine = (EVIDENCE.c.org_id == org, EVIDENCE.c.case_id == case_id)
    query = select(*(EVIDENCE.c[name] for name in _COLUMNS)).where(
        *mine, EVIDENCE.c.kind == kind, EVIDENCE.c.sha256 == sha256
    )
    row = (await tx.execute(query)).mappings().one_or_none()
    return None if row is None else Evidence(**row)


async def require_not_erased(tx: Transaction, *, org: OrgId, case_id: CaseId, sha256: str) -> None:
    """Raise EvidenceTermOver where a file of the case with this content was erased, of whatever kind."""
    table = EVIDENCE_ERASURE.c
    query = select(table.rule, table.cite, table.until).where(
        table.org_id == org, table.case_id == case_id, table.sha256 == sha256
    )
    row = (await tx.execute(query.limit(1))).one_or_none()
    if row is not None:
        raise EvidenceTermOver(cite=row.cite, fields={"rule": row.rule, "until": row.until.isoformat()})


async def is_kept(tx: Transaction, *, org: OrgId, case_id: CaseId, sha256: str) -> bool:
    """Whether a file of the case that was not erased has the content."""
    erased = select(EVIDENCE_ERASURE.c.evidence_id).where(
        EVIDENCE_ERASURE.c.org_id == org, EVIDENCE_ERASURE.c.case_id == case_id
    )
    query = select(EVIDENCE.c.evidence_id).where(
        EVIDENCE.c.org_id == org,
        EVIDENCE.c.case_id == case_id,
        EVIDENCE.c.sha256 == sha256,
        EVIDENCE.c.evidence_id.not_in(erased),
    )
    return (await tx.execute(query.limit(1))).one_or_none() is not None


async def mark_customers(tx: Transaction, evidence_id: str, *, org: OrgId, case_id: CaseId) -> None:
    """The customer filed the same content, so the file is the customer's as well."""
    mine = (EVIDENCE.c.org_id == org, EVIDENCE.c.case_id == case_id, EVIDENCE.c.evidence_id == evidence_id)
    await tx.execute(update(EVIDENCE).where(*mine).values(by_customer=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """What a download needs."""

    kind: str
    media_type: str
    size: int
    sha256: str
    filename: str | None


async def get_evidence(tx: Transaction, *, org: OrgId, case_id: CaseId, evidence_id: str) -> EvidenceRow:
    """The file's row. Raises EvidenceUnknown, EvidencePurged, EvidenceErased."""
    gone = EVIDENCE_ERASURE.c
    of_file = (gone.org_id == EVIDENCE.c.org_id) & (gone.case_id == EVIDENCE.c.case_id)
    of_case = (CASE.c.org_id == EVIDENCE.c.org_id) & (CASE.c.case_id == EVIDENCE.c.case_id)
    query = (
        select(
            CASE.c.is_purged, gone.rule, gone.cite, gone.until, *(EVIDENCE.c[name] for name in EvidenceRow.__slots__)
        )
        .join(CASE, of_case)
        .outerjoin(EVIDENCE_ERASURE, of_file & (gone.evidence_id == EVIDENCE.c.evidence_id))
        .where(EVIDENCE.c.org_id == org, EVIDENCE.c.case_id == case_id, EVIDENCE.c.evidence_id == evidence_id)
    )
    row = (await tx.execute(query)).mappings().one_or_none()
    if row is None:
        raise EvidenceUnknown
    if row["is_purged"]:
        raise EvidencePurged
    if row["rule"] is not None:
        raise EvidenceErased(cite=row["cite"], fields={"rule": row["rule"], "until": row["until"].isoformat()})
    return EvidenceRow(**{name: row[name] for name in EvidenceRow.__slots__})


def evidence_of(item: Mapping[str, Any]) -> Evidence:
    return Evidence(
        evidence_id=item["evidence_id"],
        kind=item["kind"],
        media_type=item["media_type"],
        size=item["size"],
        sha256=item["sha256"],
        filename=item["filename"],
        added_at=instant_of(item["added_at"]),
        added_by=item["added_by"],
        by_customer=item["by_customer"],
    )


def with_erasures(files: Iterable[Evidence], erased: Iterable[Mapping[str, Any]]) -> Iterator[Evidence]:
    """The files, each with its erasure where it was erased, from PostgreSQL's JSON."""
    by_file = {item["evidence_id"]: item for item in erased}
    for file in files:
        item = by_file.get(file.evidence_id)
        yield file if item is None else replace(file, erasure=_erasure_of(item))


def _erasure_of(item: Mapping[str, Any]) -> Erasure:
    gone = item["file_erased_at"]
    return Erasure(
        rule=item["rule"],
        label=Label(zh=item["label_zh"], en=item["label_en"]),
        cite=item["cite"],
        kept_since=instant_of(item["kept_since"]),
        until=date.fromisoformat(item["until"]),
        erased_at=instant_of(item["erased_at"]),
        file_erased_at=None if gone is None else instant_of(gone),
    )
