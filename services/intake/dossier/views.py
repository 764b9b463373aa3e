"""Complete files and the archive's index as they are answered."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel

from services.intake.entries.views import TextView
from shared.platform.http.one_of import one_of


class FileView(BaseModel):
    """A complete file: which kinds of evidence it needs and which are missing."""

    id: str
    label: TextView
    required: list[str]
    missing: list[str]
    cite: str


class ArchiveItem(BaseModel):
    """One thing in the archive."""

    what: Annotated[str, one_of(("document", "record", "evidence"))]
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
