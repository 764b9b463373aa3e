"""Documents and records of a case; row and dataclass are mapped here."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.intake.cases.rules.case import Case
from services.intake.cases.store.cases import case_key, instant_of, instant_or_none
from services.intake.cases.store.tables import CASE
from services.intake.documents.rules.document import Document, Signature
from services.intake.documents.rules.record import Record
from services.intake.migrations.schema import METADATA
from shared.kernel.instants import instant_text
from shared.platform.db.tables import instant_column, uuid_column
from shared.platform.db.transaction import Transaction

DOCUMENT: Final = Table(
    "document",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    uuid_column("document_id"),
    Column("template", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("fields", JSONB, nullable=False),
    Column("signatures", JSONB, nullable=False),
    instant_column("drafted_at"),
    instant_column("final_at", nullable=True),
    Column("sha256", Text),
    uuid_column("corrects", nullable=True),
    Column("reason", Text),
    PrimaryKeyConstraint("org_id", "case_id", "document_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
    CheckConstraint("state IN ('draft', 'signing', 'final', 'superseded')", name="state"),
    CheckConstraint("state <> 'final' OR (sha256 IS NOT NULL AND final_at IS NOT NULL)", name="final"),
    CheckConstraint("revision > 0", name="revision"),
    Index("uq_document_number", "org_id", "number", "revision", unique=True),
    Index(
        "uq_document_live",
        "org_id",
        "case_id",
        "template",
        unique=True,
        postgresql_where=text("state <> 'superseded'"),
    ),
)

RECORD: Final = Table(
    "record",
    METADATA,
    uuid_column("org_id"),
    uuid_column("case_id"),
    uuid_column("record_id"),
    Column("kind", Text, nullable=False),
    Column("fields", JSONB, nullable=False),
    instant_column("at"),
    Column("recorded_by", Text, nullable=False),
    PrimaryKeyConstraint("org_id", "case_id", "record_id"),
    ForeignKeyConstraint(["org_id", "case_id"], [CASE.c.org_id, CASE.c.case_id]),
)


async def save_document(tx: Transaction, document: Document, *, case: Case) -> None:
    """Insert the paper or write its new state."""
    values: dict[str, Any] = {
        "state": document.state,
        "fields": dict(document.fields),
        "signatures": [
            {"party": s.party, "signer": s.signer, "at": instant_text(s.at), "recorded_by": s.recorded_by}
            for s in document.signatures
        ],
        "final_at": document.final_at,
        "sha256": document.sha256,
    }
    statement = insert(DOCUMENT).values(
        **case_key(case),
        **values,
        document_id=document.document_id,
        template=document.template,
        number=document.number,
        revision=document.revision,
        drafted_at=document.drafted_at,
        corrects=document.corrects,
        reason=document.reason,
    )
    key = [DOCUMENT.c.org_id, DOCUMENT.c.case_id, DOCUMENT.c.document_id]
    await tx.execute(statement.on_conflict_do_update(index_elements=key, set_=values))


async def add_record(tx: Transaction, record: Record, *, case: Case) -> None:
    """Insert a record."""
    await tx.execute(
        insert(RECORD).values(
            **case_key(case),
            record_id=record.record_id,
            kind=record.kind,
            fields=dict(record.fields),
            at=record.at,
            recorded_by=record.recorded_by,
        )
    )


def document_of(item: Mapping[str, Any]) -> Document:
    return Document(
        document_id=item["document_id"],
        template=item["template"],
        number=item["number"],
        revision=item["revision"],
        state=item["state"],
        fields=item["fields"],
        signatures=tuple(
            Signature(party=s["party"], signer=s["signer"], at=instant_of(s["at"]), recorded_by=s["recorded_by"])
            for s in item["signatures"]
        ),
        drafted_at=instant_of(item["drafted_at"]),
        final_at=instant_or_none(item["final_at"]),
        sha256=item["sha256"],
        corrects=item["corrects"],
        reason=item["reason"],
    )


def record_of(item: Mapping[str, Any]) -> Record:
    return Record(
        record_id=item["record_id"],
        kind=item["kind"],
        fields=item["fields"],
        at=instant_of(item["at"]),
        recorded_by=item["recorded_by"],
    )
