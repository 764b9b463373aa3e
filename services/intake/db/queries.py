"""What is read to be shown: the case page, lists, the timeline, the archive, a file's row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select, tuple_

from services.intake.db.dossiers import dossier_of, dossier_statement, part
from services.intake.db.tables import ARCHIVE, CASE, EVIDENCE, TIMELINE
from services.intake.domain.dossier import Dossier
from services.intake.domain.errors import CaseUnknown, EvidencePurged, EvidenceUnknown, NotArchived
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """What notify said last about a message."""

    message_id: str
    rule: str
    on_event: str
    recipient: str
    channel: str
    state: str
    at: datetime
    cite: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A case as lists show it."""

    case_id: str
    number: str
    case_type: str
    status: str
    pack: str
    pack_version: int
    received_at: datetime
    owner: str
    customer_ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """A line of history as it is stored."""

    entry_id: str
    at: datetime
    recorded_at: datetime
    source: str
    what: str
    label_zh: str
    label_en: str
    actor: str
    actor_roles: list[str]
    cite: str | None
    details: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRow:
    """An archive's index as it is stored."""

    archived_at: datetime
    archived_by: str
    entries: list[dict[str, Any]]
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """What a download needs."""

    kind: str
    media_type: str
    size: int
    sha256: str
    filename: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases a list shows; None shows all."""

    status: str | None = None
    case_type: str | None = None
    owner: str | None = None
    customer_ref: str | None = None


_PAGE: Final = dossier_statement(part("message_view", order="p.at, p.message_id"))


async def case_page(tx: Transaction, *, org: OrgId, case_id: CaseId) -> tuple[Dossier, list[MessageView]]:
    """The case, everything that belongs to it, and its messages, in one statement. Raises CaseUnknown."""
    row = (await tx.execute(_PAGE, {"org": org, "case_id": case_id})).mappings().one_or_none()
    if row is None:
        raise CaseUnknown
    names = [name for name in MessageView.__slots__ if name != "at"]
    messages = [
        MessageView(**{name: item[name] for name in names}, at=datetime.fromisoformat(item["at"]))
        for item in row["message_view"]
    ]
    return dossier_of(row), messages


async def case_list(
    tx: Transaction, chosen: CaseFilter, *, org: OrgId, after: str | None, limit: int
) -> Sequence[CaseRow]:
    """Cases, newest first, beyond `after`."""
    stated = {name: value for name in CaseFilter.__slots__ if (value := getattr(chosen, name)) is not None}
    wanted: list[ColumnElement[bool]] = [CASE.c.org_id == org, *(CASE.c[name] == stated[name] for name in stated)]
    if after is not None:
        wanted.append(CASE.c.case_id < after)
    columns = (CASE.c[name] for name in CaseRow.__slots__)
    query = select(*columns).where(*wanted).order_by(CASE.c.case_id.desc()).limit(limit)
    return [CaseRow(**row) for row in (await tx.execute(query)).mappings()]


async def timeline(
    tx: Transaction, *, org: OrgId, case_id: CaseId, after: tuple[datetime, str] | None, limit: int
) -> Sequence[TimelineRow]:
    """A case's history in the order in which it happened, beyond `after`."""
    wanted: list[ColumnElement[bool]] = [TIMELINE.c.org_id == org, TIMELINE.c.case_id == case_id]
    if after is not None:
        wanted.append(tuple_(TIMELINE.c.at, TIMELINE.c.entry_id) > after)
    columns = (TIMELINE.c[name] for name in TimelineRow.__slots__)
    query = select(*columns).where(*wanted).order_by(TIMELINE.c.at, TIMELINE.c.entry_id).limit(limit)
    return [TimelineRow(**row) for row in (await tx.execute(query)).mappings()]


async def archive(tx: Transaction, *, org: OrgId, case_id: CaseId) -> ArchiveRow:
    """The index of an archived case. Raises CaseUnknown, NotArchived."""
    columns = (ARCHIVE.c[name] for name in ArchiveRow.__slots__)
    joined = CASE.outerjoin(ARCHIVE, (CASE.c.org_id == ARCHIVE.c.org_id) & (CASE.c.case_id == ARCHIVE.c.case_id))
    query = select(*columns).select_from(joined).where(CASE.c.org_id == org, CASE.c.case_id == case_id)
    row = (await tx.execute(query)).mappings().one_or_none()
    if row is None:
        raise CaseUnknown
    if row["sha256"] is None:
        raise NotArchived
    return ArchiveRow(**row)


async def evidence(tx: Transaction, *, org: OrgId, case_id: CaseId, evidence_id: str) -> EvidenceRow:
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
