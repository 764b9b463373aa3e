"""Everything that belongs to one case, and what the pack's expressions see of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.intake.cases.rules.case import Case, Reached
from services.intake.copies.rules import ClockCopy, Figure, MessageCopy, RemedyCopy
from services.intake.documents.rules.document import Document
from services.intake.documents.rules.record import Record
from services.intake.entries.rules.values import Values
from services.intake.evidence.rules import Evidence
from services.intake.links.rules import Linked, links_of, seen_as
from services.intake.visits.rules import Visit
from shared.kernel.actor import Actor
from shared.kernel.instants import instant_text
from shared.packs.intake.model.section import IntakeSection
from shared.packs.language.conditions import holds_or_is_true


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A step that `role` is to take on the case, because the sample drew it under the rule."""

    sample: str
    step: str
    role: str
    cite: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A case with its papers, records, visits, files, and what the other services said."""

    case: Case
    documents: tuple[Document, ...] = ()
    records: tuple[Record, ...] = ()
    visits: tuple[Visit, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    remedies: tuple[RemedyCopy, ...] = ()
    clocks: tuple[ClockCopy, ...] = ()
    reached_elsewhere: tuple[Reached, ...] = ()
    """Milestones that the other services reported."""
    links: tuple[Linked, ...] = ()
    """Cases that this one opened, in the order of their registration."""
    taken_by: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Which subjects took which step so far."""
    parent: Linked | None = None
    """The case that opened this one; its `relation` is what this one is to it."""
    open_messages: tuple[MessageCopy, ...] = ()
    """Messages to be delivered by hand, and those that failed without another in their place."""
    drawn: tuple[Drawn, ...] = ()
    """Steps that are to be taken on it because samples drew it, and that were not taken since."""
    as_of: tuple[str, ...] = ()
    """The versions of the clocks and remedies, as the other services published them: `clock/<id>@<version>`."""

    def live(self, template: str) -> Document | None:
        """The version of the paper that is in force or being made."""
        return next((d for d in self.documents if d.template == template and d.state != "superseded"), None)

    @property
    def latest_visit(self) -> Visit | None:
        """The visit that departed last."""
        return max(self.visits, key=lambda visit: (visit.dispatched_at, visit.visit_id), default=None)


def context(
    dossier: Dossier, section: IntakeSection, *, actor: Actor, now: datetime, facts: Values | None = None
) -> dict[str, object]:
    """The variables of every expression over a case; `facts` stands in for the case's own while a step is decided."""
    case = dossier.case
    kinds = sorted({item.kind for item in dossier.evidence})
    known = facts if facts is not None else case.facts
    base: dict[str, object] = {
        "facts": {field.id: known.get(field.id) for field in section.facts},
        "case": {
            "status": case.status,
            "number": case.number,
            "case_type": case.case_type,
            "channel": case.channel,
            "received_at": instant_text(case.received_at),
            "owner": case.owner,
            "first_responder": case.first_responder,
            "order_ref": case.order_ref,
        },
        "milestones": [reached.name for reached in (*case.milestones, *dossier.reached_elsewhere)],
        "documents": {template.id: _paper(dossier.live(template.id)) for template in section.documents},
        "records": {kind.id: [r.fields for r in dossier.records if r.kind == kind.id] for kind in section.records},
        "visits": [{**visit.fields, "state": visit.state} for visit in dossier.visits],
        "evidence": {"count": len(dossier.evidence), "kinds": kinds},
        "remedies": [_remedy(remedy) for remedy in dossier.remedies],
        "clocks": {
            clock.clock: {"state": clock.state, "due_at": instant_text(clock.due_at)} for clock in dossier.clocks
        },
        "links": links_of(dossier.links, section),
        "parent": seen_as(dossier.parent, section) if dossier.parent else None,
        "actor": {"subject": actor.subject, "roles": sorted(actor.roles)},
        "now": instant_text(now),
    }
    base["files"] = files(dossier, section, seen=base)
    return base


def files(dossier: Dossier, section: IntakeSection, *, seen: Mapping[str, object]) -> dict[str, dict[str, list[str]]]:
    """For each complete file of the pack: the kinds of evidence that it needs and those that are missing."""
    kinds = {item.kind for item in dossier.evidence}
    needed = {
        checklist.id: [item.kind for item in checklist.items if holds_or_is_true(item.when, seen)]
        for checklist in section.files
    }
    return {
        name: {"required": required, "missing": [kind for kind in required if kind not in kinds]}
        for name, required in needed.items()
    }


def _paper(document: Document | None) -> dict[str, object] | None:
    if document is None:
        return None
    return {
        "state": document.state,
        "number": document.number,
        "fields": document.fields,
        "signed_by": document.signed_by,
    }


def _remedy(remedy: RemedyCopy) -> dict[str, object]:
    return {
        "remedy": remedy.remedy,
        "mode": remedy.mode,
        "state": remedy.state,
        "amount_minor": remedy.amount_minor,
        "currency": remedy.currency,
        "quantity": remedy.quantity,
        "returned": remedy.returned,
        "figures": {name: _figure(figure) for name, figure in remedy.figures.items()},
    }


def _figure(figure: Figure) -> dict[str, object]:
    """`value` is decimal text; `amount_minor` is there where it is money."""
    minor = None if figure.amount is None else figure.amount.minor
    return {"value": figure.value, "amount_minor": minor, "unit": figure.unit}
