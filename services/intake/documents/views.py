"""Answers about documents and records."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel

from services.intake.documents.rules.document import Document, DocumentState
from services.intake.documents.rules.record import Record
from services.intake.entries.views import TextView, text_view
from shared.packs.intake.model.section import IntakeSection
from shared.platform.http.one_of import one_of


class SignatureView(BaseModel):
    """A party's signature."""

    party: str
    signer: str
    at: datetime


class DocumentView(BaseModel):
    """One version of a paper."""

    document_id: str
    template: str
    label: TextView
    number: str
    revision: int
    state: Annotated[str, one_of(DocumentState)]
    fields: dict[str, Any]
    signed_by: list[str]
    signatures: list[SignatureView]
    recipients: list[str]
    copies: int
    sha256: str | None
    drafted_at: datetime
    final_at: datetime | None
    corrects: str | None
    cite: str


class RecordView(BaseModel):
    """An entry of a kind that the pack declares."""

    record_id: str
    kind: str
    label: TextView
    fields: dict[str, Any]
    at: datetime
    recorded_by: str
    cite: str


def document_view(paper: Document, section: IntakeSection) -> DocumentView:
    """A paper with what its template says of it."""
    template = section.documents_by_id[paper.template]
    return DocumentView(
        document_id=paper.document_id,
        template=paper.template,
        label=text_view(template.label),
        number=paper.number,
        revision=paper.revision,
        state=paper.state,
        fields=dict(paper.fields),
        signed_by=paper.signed_by,
        signatures=[SignatureView(party=s.party, signer=s.signer, at=s.at) for s in paper.signatures],
        recipients=list(template.recipients),
        copies=template.copies,
        sha256=paper.sha256,
        drafted_at=paper.drafted_at,
        final_at=paper.final_at,
        corrects=paper.corrects,
        cite=template.cite,
    )


def record_view(entry: Record, section: IntakeSection) -> RecordView:
    """A record with what its kind says of it."""
    kind = section.records_by_id[entry.kind]
    return RecordView(
        record_id=entry.record_id,
        kind=entry.kind,
        label=text_view(kind.label),
        fields=dict(entry.fields),
        at=entry.at,
        recorded_by=entry.recorded_by,
        cite=kind.cite,
    )
