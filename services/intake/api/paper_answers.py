"""Response models of what belongs to a case: papers, records, visits, files, the archive's index."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel


class TextView(BaseModel):
    """A short text in both languages."""

    zh: str
    en: str


class RefusalView(BaseModel):
    """What a step or a purge would be refused with, in the words of the problem that would come."""

    code: str
    title: str
    title_zh: str
    cite: str | None
    detail: str
    fields: dict[str, Any]


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
    state: str
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


class VisitView(BaseModel):
    """A visit to the site."""

    visit_id: str
    state: str
    fields: dict[str, Any]
    dispatched_at: datetime
    arrived_at: datetime | None
    completed_at: datetime | None


class EvidenceView(BaseModel):
    """A stored file."""

    evidence_id: str
    kind: str
    media_type: str
    size: int
    sha256: str
    filename: str | None
    added_at: datetime
    added_by: str


class FiledView(EvidenceView):
    """A file that was stored; `created` is false when the case had it already."""

    created: bool


class FileView(BaseModel):
    """A complete file: which kinds of evidence it needs and which are missing."""

    id: str
    label: TextView
    required: list[str]
    missing: list[str]
    cite: str


class ArchiveItem(BaseModel):
    """One thing in the archive."""

    what: str
    id: str
    kind: str
    number: str | None
    state: str | None
    sha256: str


class ArchiveView(BaseModel):
    """The index of an archived case and the hash over it."""

    case_id: str
    archived_at: datetime
    archived_by: str
    entries: list[ArchiveItem]
    sha256: str
