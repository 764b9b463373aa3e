"""What a transition writes: the case's row, papers, records, visits, files, the archive and the timeline."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from services.intake.db.dossiers import stored_milestones
from services.intake.db.tables import ARCHIVE, CASE, COUNTER, DOCUMENT, EVIDENCE, RECORD, TIMELINE, VISIT
from services.intake.domain.archive import ArchiveIndex, as_mapping
from services.intake.domain.case import Actor, Case
from services.intake.domain.document import Document
from services.intake.domain.dossier import Evidence, Record
from services.intake.domain.errors import CaseUnknown
from services.intake.domain.numbering import Series
from services.intake.domain.values import instant_text
from services.intake.domain.visit import Visit
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.transaction import Transaction

Source = Literal["step", "evidence", "reaction", "sla", "settlement", "notify"]


class Pin(NamedTuple):
    """The version of a pack that a case keeps for its whole life."""

    pack: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One line of a case's history, in both languages."""

    entry_id: str
    at: datetime
    recorded_at: datetime
    source: Source
    what: str
    label_zh: str
    label_en: str
    actor: Actor
    cite: str | None
    milestone: bool
    details: Mapping[str, Any]


async def save(tx: Transaction, case: Case) -> None:
    """Write the locked case as it is now; its version is one above the stored one."""
    statement = (
        update(CASE)
        .where(CASE.c.org_id == case.org, CASE.c.case_id == case.case_id, CASE.c.version == case.version - 1)
        .values(
            status=case.status,
            facts=dict(case.facts),
            milestones=stored_milestones(case.milestones),
            owner=case.owner,
            last_at=case.last_at,
            version=case.version,
        )
    )
    if (await tx.execute(statement)).rowcount != 1:
        raise RuntimeError(f"case {case.case_id} was changed without its lock")


async def next_number(tx: Transaction, series: Series, *, org: OrgId) -> str:
    """The next number of the series; the row stays locked until the transaction ends, so there is no gap."""
    first = insert(COUNTER).values(org_id=org, series=series.key, value=1)
    counted = first.on_conflict_do_update(
        index_elements=[COUNTER.c.org_id, COUNTER.c.series], set_={"value": COUNTER.c.value + 1}
    ).returning(COUNTER.c.value)
    return series.number((await tx.execute(counted)).scalar_one())


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
        **_of(case),
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
            **_of(case),
            record_id=record.record_id,
            kind=record.kind,
            fields=dict(record.fields),
            at=record.at,
            recorded_by=record.recorded_by,
        )
    )


async def save_visit(tx: Transaction, visit: Visit, *, case: Case) -> None:
    """Insert the visit or write its new state."""
    values: dict[str, Any] = {
        "state": visit.state,
        "fields": dict(visit.fields),
        "arrived_at": visit.arrived_at,
        "completed_at": visit.completed_at,
    }
    statement = insert(VISIT).values(**_of(case), **values, visit_id=visit.visit_id, dispatched_at=visit.dispatched_at)
    key = [VISIT.c.org_id, VISIT.c.case_id, VISIT.c.visit_id]
    await tx.execute(statement.on_conflict_do_update(index_elements=key, set_=values))


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
    )
    return (await tx.execute(statement.on_conflict_do_nothing())).rowcount == 1


async def add_archive(tx: Transaction, index: ArchiveIndex, *, case: Case, actor: Actor) -> None:
    """Insert the archive's index."""
    await tx.execute(
        insert(ARCHIVE).values(
            **_of(case),
            archived_at=index.archived_at,
            archived_by=actor.subject,
            entries=[as_mapping(entry) for entry in index.entries],
            sha256=index.sha256,
        )
    )


async def add_entry(tx: Transaction, entry: TimelineEntry, *, org: OrgId, case_id: CaseId) -> None:
    """Insert a line of history; an event's line comes once."""
    statement = insert(TIMELINE).values(
        org_id=org,
        case_id=case_id,
        entry_id=entry.entry_id,
        at=entry.at,
        recorded_at=entry.recorded_at,
        source=entry.source,
        what=entry.what,
        label_zh=entry.label_zh,
        label_en=entry.label_en,
        actor=entry.actor.subject,
        actor_roles=sorted(entry.actor.roles),
        cite=entry.cite,
        milestone=entry.milestone,
        details=dict(entry.details),
    )
    await tx.execute(statement.on_conflict_do_nothing())


async def policy_of(tx: Transaction, *, org: OrgId, case_id: CaseId) -> tuple[str, int]:
    """Pack and version that the case is pinned to. Raises CaseUnknown."""
    query = select(CASE.c.pack, CASE.c.pack_version).where(CASE.c.org_id == org, CASE.c.case_id == case_id)
    row = (await tx.execute(query)).one_or_none()
    if row is None:
        raise CaseUnknown
    return row.pack, row.pack_version


async def policies_of(tx: Transaction, keys: Collection[tuple[OrgId, CaseId]]) -> Mapping[tuple[OrgId, CaseId], Pin]:
    """Packs and versions that cases are pinned to, in one statement; cases that intake does not know are left out."""
    key = tuple_(CASE.c.org_id, CASE.c.case_id)
    query = select(CASE.c.org_id, CASE.c.case_id, CASE.c.pack, CASE.c.pack_version).where(key.in_(keys))
    return {(row.org_id, row.case_id): Pin(row.pack, row.pack_version) for row in await tx.execute(query)}


def _of(case: Case) -> dict[str, str]:
    return {"org_id": case.org, "case_id": case.case_id}
