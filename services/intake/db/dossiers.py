"""A case with everything that belongs to it, in one statement; row ↔ dataclass lives here.

To change a case, `lock` it first: the statement after the lock sees what its holder committed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, TextualSelect, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import DateTime, Uuid

from services.intake.db.links import LINKS, LOCK, PARENT, linked_of
from services.intake.domain.case import Case, Reached
from services.intake.domain.document import Document, Signature
from services.intake.domain.dossier import ClockView, Dossier, Evidence, PendingExtension, Record, RemedyView
from services.intake.domain.errors import CaseUnknown
from services.intake.domain.values import instant_text
from services.intake.domain.visit import Visit
from shared.contracts.settlement import FigureV1
from shared.kernel.ids import CaseId, OrgId
from shared.platform.db.transaction import Transaction

_PARTS: Final = ("document", "record", "visit", "evidence", "remedy_view", "clock_view")


def part(table: str, *, order: str) -> str:
    """A sub-select: all rows of `table` that belong to the case `c`, as one JSON array."""
    return (
        f"(SELECT coalesce(jsonb_agg(to_jsonb(p) - 'org_id' - 'case_id' ORDER BY {order}), '[]') "  # noqa: S608 (constants)
        f"FROM intake.{table} p WHERE p.org_id = c.org_id AND p.case_id = c.case_id) AS {table}"
    )


REACHED_ELSEWHERE: Final = (
    "(SELECT coalesce(jsonb_agg("
    "jsonb_build_object('name', t.what, 'at', t.at, 'step', NULL, 'cite', coalesce(t.cite, '')) "
    "ORDER BY t.at, t.entry_id), '[]') FROM intake.timeline_entry t "
    "WHERE t.org_id = c.org_id AND t.case_id = c.case_id AND t.milestone) AS reached_elsewhere"
)


def dossier_statement(*further: str) -> TextualSelect:
    """The statement that reads a case and its parts, and `further` sub-selects each with an alias of its own."""
    parts = [
        part("document", order="p.document_id"),
        part("record", order="p.record_id"),
        part("visit", order="p.dispatched_at, p.visit_id"),
        part("evidence", order="p.evidence_id"),
        part("remedy_view", order="p.remedy_id"),
        part("clock_view", order="p.started_at, p.clock_id"),
        REACHED_ELSEWHERE,
        LINKS,
        PARENT,
        *further,
    ]
    names = [item.rpartition(" AS ")[2] for item in parts]
    statement = f"SELECT c.*, {', '.join(parts)} FROM intake.case_file c WHERE c.org_id = :org AND c.case_id = :case_id"  # noqa: S608
    return text(statement).columns(
        **dict.fromkeys(("org_id", "case_id", "contact_id"), Uuid(as_uuid=False)),
        **dict.fromkeys(("received_at", "registered_at", "last_at"), DateTime(timezone=True)),
        **dict.fromkeys(("facts", "milestones", *names), JSONB),
    )


_DOSSIER: Final = dossier_statement()


async def lock(tx: Transaction, *, org: OrgId, case_id: CaseId) -> None:
    """Hold the case, and all that are linked to it, until the transaction ends. Raises CaseUnknown."""
    if not await tx.rows(LOCK, (org, case_id)):
        raise CaseUnknown


async def get(tx: Transaction, *, org: OrgId, case_id: CaseId) -> Dossier:
    """The case and its parts. Raises CaseUnknown."""
    row = (await tx.execute(_DOSSIER, {"org": org, "case_id": case_id})).mappings().one_or_none()
    if row is None:
        raise CaseUnknown
    return dossier_of(row)


def dossier_of(row: RowMapping) -> Dossier:
    """The dossier of a row that `dossier_statement` gave."""
    return Dossier(
        case=_case(row),
        documents=tuple(_document(item) for item in row["document"]),
        records=tuple(_record(item) for item in row["record"]),
        visits=tuple(_visit(item) for item in row["visit"]),
        evidence=tuple(_evidence(item) for item in row["evidence"]),
        remedies=tuple(_remedy(item) for item in row["remedy_view"]),
        clocks=tuple(_clock(item) for item in row["clock_view"]),
        reached_elsewhere=reached_of(row["reached_elsewhere"]),
        links=tuple(linked_of(item) for item in row["links"]),
        parent=next((linked_of(item) for item in row["parent"]), None),
    )


def reached_of(items: Sequence[Mapping[str, Any]]) -> tuple[Reached, ...]:
    """Milestones as they are stored."""
    return tuple(Reached(name=i["name"], at=_at(i["at"]), step=i["step"], cite=i["cite"]) for i in items)


def stored_milestones(reached: Sequence[Reached]) -> list[dict[str, Any]]:
    """Milestones as they go into the case's row."""
    return [{"name": r.name, "at": instant_text(r.at), "step": r.step, "cite": r.cite} for r in reached]


def _at(value: str) -> datetime:
    return datetime.fromisoformat(value)


def _maybe(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None


def _case(row: RowMapping) -> Case:
    return Case(
        org=OrgId(row["org_id"]),
        case_id=CaseId(row["case_id"]),
        number=row["number"],
        case_type=row["case_type"],
        channel=row["channel"],
        status=row["status"],
        pack=row["pack"],
        pack_version=row["pack_version"],
        received_at=row["received_at"],
        registered_at=row["registered_at"],
        first_responder=row["first_responder"],
        owner=row["owner"],
        customer_ref=row["customer_ref"],
        order_ref=row["order_ref"],
        description=row["description"],
        contact_id=row["contact_id"],
        facts=row["facts"],
        milestones=reached_of(row["milestones"]),
        last_at=row["last_at"],
        version=row["version"],
        is_purged=row["is_purged"],
    )


def _document(item: Mapping[str, Any]) -> Document:
    return Document(
        document_id=item["document_id"],
        template=item["template"],
        number=item["number"],
        revision=item["revision"],
        state=item["state"],
        fields=item["fields"],
        signatures=tuple(
            Signature(party=s["party"], signer=s["signer"], at=_at(s["at"]), recorded_by=s["recorded_by"])
            for s in item["signatures"]
        ),
        drafted_at=_at(item["drafted_at"]),
        final_at=_maybe(item["final_at"]),
        sha256=item["sha256"],
        corrects=item["corrects"],
        reason=item["reason"],
    )


def _record(item: Mapping[str, Any]) -> Record:
    return Record(
        record_id=item["record_id"],
        kind=item["kind"],
        fields=item["fields"],
        at=_at(item["at"]),
        recorded_by=item["recorded_by"],
    )


def _visit(item: Mapping[str, Any]) -> Visit:
    return Visit(
        visit_id=item["visit_id"],
        state=item["state"],
        fields=item["fields"],
        dispatched_at=_at(item["dispatched_at"]),
        arrived_at=_maybe(item["arrived_at"]),
        completed_at=_maybe(item["completed_at"]),
    )


def _evidence(item: Mapping[str, Any]) -> Evidence:
    return Evidence(
        evidence_id=item["evidence_id"],
        kind=item["kind"],
        media_type=item["media_type"],
        size=item["size"],
        sha256=item["sha256"],
        filename=item["filename"],
        added_at=_at(item["added_at"]),
        added_by=item["added_by"],
    )


def _remedy(item: Mapping[str, Any]) -> RemedyView:
    fields = ("remedy_id", "remedy", "mode", "state", "amount_minor", "currency", "quantity", "unit")
    return RemedyView(
        **{name: item[name] for name in (*fields, "returned", "released", "cite")},
        at=_at(item["at"]),
        missing_approvals=tuple(item["missing_approvals"]),
        figures={figure["id"]: FigureV1.model_validate(figure) for figure in item["figures"]},
    )


def _clock(item: Mapping[str, Any]) -> ClockView:
    fields = ("clock_id", "clock", "label_zh", "label_en", "state", "breached", "cite")
    return ClockView(
        **{name: item[name] for name in fields},
        started_at=_at(item["started_at"]),
        due_at=_at(item["due_at"]),
        pending_extension=_pending(item["pending_extension"]),
    )


def _pending(item: Mapping[str, Any] | None) -> PendingExtension | None:
    if item is None:
        return None
    return PendingExtension(**{**item, "proposed_due_at": _at(item["proposed_due_at"])})
