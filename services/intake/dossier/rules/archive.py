"""The index of an archived case: every paper, record and file with its hash, under one hash of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.intake.documents.rules.content import sha256_of
from services.intake.documents.rules.document import content_hash
from services.intake.dossier.rules.dossier import Dossier
from shared.kernel.errors import Conflict
from shared.kernel.instants import instant_text
from shared.kernel.text import Text


class NotArchived(Conflict):
    """The case is not in the archive yet, so it has no index. 409."""

    code = "not_archived"
    title = Text(en="Case not archived", zh="案件尚未归档")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveEntry:
    """One thing in the archive; `what` is document, record or evidence."""

    what: str
    id: str
    kind: str
    number: str | None
    state: str | None
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveIndex:
    """All entries in a fixed order (papers, records, files; each by id), and the hash over them."""

    case_id: str
    number: str
    archived_at: datetime
    entries: tuple[ArchiveEntry, ...]
    sha256: str


def index_of(dossier: Dossier, *, at: datetime) -> ArchiveIndex:
    """The index of everything that the dossier holds."""
    entries = entries_of(dossier)
    digest = sha256_of(
        {
            "case_id": dossier.case.case_id,
            "number": dossier.case.number,
            "archived_at": instant_text(at),
            "entries": [as_mapping(entry) for entry in entries],
        }
    )
    return ArchiveIndex(
        case_id=dossier.case.case_id, number=dossier.case.number, archived_at=at, entries=entries, sha256=digest
    )


def entries_of(dossier: Dossier) -> tuple[ArchiveEntry, ...]:
    """Every paper, record and file with its hash."""
    return (*_papers(dossier), *_records(dossier), *_files(dossier))


def as_mapping(entry: ArchiveEntry) -> Mapping[str, object]:
    """The entry as it is stored and hashed."""
    return {
        "what": entry.what,
        "id": entry.id,
        "kind": entry.kind,
        "number": entry.number,
        "state": entry.state,
        "sha256": entry.sha256,
    }


def _papers(dossier: Dossier) -> list[ArchiveEntry]:
    return [
        ArchiveEntry(
            what="document",
            id=document.document_id,
            kind=document.template,
            number=document.number,
            state=document.state,
            sha256=document.sha256 or content_hash(document),
        )
        for document in sorted(dossier.documents, key=lambda item: item.document_id)
    ]


def _records(dossier: Dossier) -> list[ArchiveEntry]:
    return [
        ArchiveEntry(
            what="record",
            id=record.record_id,
            kind=record.kind,
            number=None,
            state=None,
            sha256=sha256_of({"kind": record.kind, "fields": dict(record.fields), "at": instant_text(record.at)}),
        )
        for record in sorted(dossier.records, key=lambda item: item.record_id)
    ]


def _files(dossier: Dossier) -> list[ArchiveEntry]:
    return [
        ArchiveEntry(what="evidence", id=e.evidence_id, kind=e.kind, number=None, state=None, sha256=e.sha256)
        for e in sorted(dossier.evidence, key=lambda item: item.evidence_id)
    ]
