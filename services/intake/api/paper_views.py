"""From the domain to the response models: papers, records, visits, files."""

from typing import Any

from services.intake.api import paper_answers
from services.intake.domain.document import Document
from services.intake.domain.dossier import Evidence, Record
from services.intake.domain.visit import Visit
from shared.kernel.text import Text
from shared.packs.intake.model import IntakeSection


def text(label: Text) -> paper_answers.TextView:
    """A label of the pack."""
    return paper_answers.TextView(zh=label.zh, en=label.en)


def document(paper: Document, section: IntakeSection) -> paper_answers.DocumentView:
    """A paper with what its template says of it."""
    template = section.documents_by_id[paper.template]
    return paper_answers.DocumentView(
        document_id=paper.document_id,
        template=paper.template,
        label=text(template.label),
        number=paper.number,
        revision=paper.revision,
        state=paper.state,
        fields=dict(paper.fields),
        signed_by=paper.signed_by,
        signatures=[paper_answers.SignatureView(party=s.party, signer=s.signer, at=s.at) for s in paper.signatures],
        recipients=list(template.recipients),
        copies=template.copies,
        sha256=paper.sha256,
        drafted_at=paper.drafted_at,
        final_at=paper.final_at,
        corrects=paper.corrects,
        cite=template.cite,
    )


def record(entry: Record, section: IntakeSection) -> paper_answers.RecordView:
    """A record with what its kind says of it."""
    kind = section.records_by_id[entry.kind]
    return paper_answers.RecordView(
        record_id=entry.record_id,
        kind=entry.kind,
        label=text(kind.label),
        fields=dict(entry.fields),
        at=entry.at,
        recorded_by=entry.recorded_by,
        cite=kind.cite,
    )


def visit(trip: Visit) -> paper_answers.VisitView:
    """A visit."""
    return paper_answers.VisitView(
        visit_id=trip.visit_id,
        state=trip.state,
        fields=dict(trip.fields),
        dispatched_at=trip.dispatched_at,
        arrived_at=trip.arrived_at,
        completed_at=trip.completed_at,
    )


def evidence(file: Evidence) -> paper_answers.EvidenceView:
    """A stored file."""
    return paper_answers.EvidenceView(**_slots(file))


def filed(file: Evidence, *, created: bool) -> paper_answers.FiledView:
    """A file that was just sent."""
    return paper_answers.FiledView(**_slots(file), created=created)


def _slots(file: Evidence) -> dict[str, Any]:
    return {name: getattr(file, name) for name in Evidence.__slots__}
