"""The rows of stored files; the bytes are in the object store (`client.py`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    false,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from services.intake.cases.store.cases import instant_of
from services.intake.cases.store.tables import CASE
from services.intake.evidence.rules import Evidence, EvidencePurged, EvidenceUnknown
from services.intake.migrations.schema import METADATA
from shared.kernel.ids import CaseId, OrgId
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
    query = select(*(EVIDENCE.c[name] for name in Evidence.__slots__)).where(
        *mine, EVIDENCE.c.kind == kind, EVIDENCE.c.sha256 == sha256
    )
    row = (await tx.execute(query)).mappings().one_or_none()
    return None if row is None else Evidence(**row)


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
    """The file's row. Raises EvidenceUnknown, EvidencePurged."""
    of_case = (CASE.c.org_id == EVIDENCE.c.org_id) & (CASE.c.case_id == EVIDENCE.c.case_id)
    query = (
        select(CASE.c.is_purged, *(EVIDENCE.c[name] for name in EvidenceRow.__slots__))
        .join(CASE, of_case)
        .where(EVIDENCE.c.org_id == org, EVIDENCE.c.case_id == case_id, EVIDENCE.c.evidence_id == evidence_id)
    )
    row = (await tx.execute(query)).mappings().one_or_none()
    if row is None:
        raise EvidenceUnknown
    if row["is_purged"]:
        raise EvidencePurged
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
