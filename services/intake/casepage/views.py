"""The case page and the lines of its history as they are answered."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Final, get_args

from pydantic import BaseModel, Field

from services.intake.casepage.store import PageOfCase
from services.intake.cases.rules.case import FormerType, Reached
from services.intake.cases.rules.history import Source
from services.intake.cases.rules.party import Party
from services.intake.cases.store.history import TimelineRow
from services.intake.cases.views import RegisteredView, case_fields
from services.intake.copies.views import ClockView, MessageView, RemedyView, clock_view, message_view, remedy_view
from services.intake.documents.views import DocumentView, RecordView, document_view, record_view
from services.intake.dossier.rules.dossier import Dossier
from services.intake.dossier.views import FileView
from services.intake.entries.views import TextView, text_view
from services.intake.evidence.views import EvidenceView, evidence_view
from services.intake.links.views import LinkView, link_view
from services.intake.retention.rules import RetentionStatus
from services.intake.retention.views import RetentionView, retention_view
from services.intake.visits.views import VisitView, visit_view
from services.intake.workflow.rules.available import Offer
from services.intake.workflow.views import NextStepView, next_step_view
from shared.kernel.actor import SYSTEM, Kind
from shared.kernel.ids import is_id
from shared.kernel.instants import instant_text, parse_instant
from shared.packs.intake.model.section import IntakeSection
from shared.packs.store import Policy
from shared.platform.http.one_of import one_of
from shared.platform.http.paging import PageTokenInvalid

_REGISTRATION: Final = "registration"
"""The source of the first line, which is not stored."""


class MilestoneView(BaseModel):
    """A milestone, when it was reached, by which step (null for another service's) and under which rule."""

    name: str
    at: datetime
    step: str | None
    cite: str


class CustomerView(BaseModel):
    """The customer as those who work on the case know it."""

    name: str
    email: str | None
    phone: str | None
    locale: str


class FormerTypeView(BaseModel):
    """A type that the case had until a step changed it."""

    case_type: str
    case_type_label: TextView
    until: datetime = Field(description="When it became a case of another type, in the field.")
    step: str


class CasePage(RegisteredView):
    """Everything about a case in one call."""

    case_type_label: TextView
    former_types: list[FormerTypeView] = Field(
        default=[], description="The types that it had before, the one that it was registered as first."
    )
    channel: str
    customer: CustomerView | None
    order_ref: str | None
    description: str | None
    version: int
    parent: LinkView | None
    links: list[LinkView]
    milestones: list[MilestoneView]
    next: list[NextStepView]
    files: list[FileView]
    clocks: list[ClockView]
    remedies: list[RemedyView]
    messages: list[MessageView]
    documents: list[DocumentView]
    evidence: list[EvidenceView]
    visits: list[VisitView]
    records: list[RecordView]
    retention: RetentionView | None


class TimelineItem(BaseModel):
    """A line of history: when it happened and was recorded, who did what, under which rule."""

    entry_id: str
    at: datetime
    recorded_at: datetime
    source: Annotated[str, one_of((*get_args(Source), _REGISTRATION))]
    what: str
    label: TextView
    actor: str
    actor_roles: list[str]
    actor_kind: Annotated[str, one_of((*Kind, SYSTEM.kind_name))] = Field(description="What kind of principal did it.")
    actor_client: str | None = Field(description="The machine that acted for the actor.")
    cite: str | None
    details: dict[str, Any]


def case_page_view(
    page: PageOfCase,
    policy: Policy,
    *,
    offers: Iterable[Offer],
    files: dict[str, dict[str, list[str]]],
    kept: RetentionStatus | None,
) -> CasePage:
    """The case page."""
    section, dossier, customer = policy.intake, page.dossier, page.customer
    case = dossier.case
    reached = sorted((*case.milestones, *dossier.reached_elsewhere), key=lambda item: item.at)
    return CasePage(
        **case_fields(case, section),
        case_type_label=text_view(section.case_types_by_id[case.case_type].label),
        former_types=[_former_type(item, section) for item in case.former_types],
        channel=case.channel,
        customer=_customer(customer) if customer else None,
        order_ref=case.order_ref,
        description=case.description,
        version=case.version,
        parent=link_view(dossier.parent, section) if dossier.parent else None,
        links=[link_view(item, section) for item in dossier.links],
        milestones=[_milestone(item) for item in reached],
        next=[next_step_view(offer, section) for offer in offers],
        files=[FileView(id=f.id, label=text_view(f.label), cite=f.cite, **files[f.id]) for f in section.files],
        clocks=[clock_view(clock) for clock in dossier.clocks],
        remedies=[remedy_view(remedy, policy.settlement) for remedy in dossier.remedies],
        messages=[message_view(message) for message in page.messages],
        documents=[document_view(item, section) for item in dossier.documents],
        evidence=[evidence_view(item) for item in dossier.evidence],
        visits=[visit_view(item) for item in dossier.visits],
        records=[record_view(item, section) for item in dossier.records],
        retention=retention_view(kept, case) if kept else None,
    )


def _former_type(former: FormerType, section: IntakeSection) -> FormerTypeView:
    return FormerTypeView(
        case_type=former.case_type,
        case_type_label=text_view(section.case_types_by_id[former.case_type].label),
        until=former.until,
        step=former.step,
    )


def _customer(party: Party) -> CustomerView:
    return CustomerView(name=party.name, email=party.email, phone=party.phone, locale=party.locale)


def timeline_item(row: TimelineRow) -> TimelineItem:
    """A stored line of history."""
    return TimelineItem(
        entry_id=row.entry_id,
        at=row.at,
        recorded_at=row.recorded_at,
        source=row.source,
        what=row.what,
        label=TextView(zh=row.label_zh, en=row.label_en),
        actor=row.actor,
        actor_roles=row.actor_roles,
        actor_kind=row.actor_kind,
        actor_client=row.actor_client,
        cite=row.cite,
        details=row.details,
    )


def first_item(dossier: Dossier, section: IntakeSection) -> TimelineItem:
    """The first line of every history: the case's own row has all of it, so none is stored."""
    case, parent = dossier.case, dossier.parent
    opened_by = {"parent": parent.number, "relation": parent.relation} if parent else {}
    looks = {"looks": case.looks} if case.looks else {}
    label = section.case_types_by_id[case.case_type].label
    return TimelineItem(
        entry_id=case.case_id,
        at=case.received_at,
        recorded_at=case.registered_at,
        source=_REGISTRATION,
        what="case.registered",
        label=TextView(zh=f"登记：{label.zh}", en=f"Registered: {label.en}"),
        actor=case.first_responder,
        actor_roles=[],
        actor_kind="staff",
        actor_client=None,
        cite=case.milestones[0].cite,
        details={"number": case.number, "channel": case.channel, **opened_by, **looks, **(case.consulted or {})},
    )


def _milestone(reached: Reached) -> MilestoneView:
    return MilestoneView(name=reached.name, at=reached.at, step=reached.step, cite=reached.cite)


def instant_key(at: datetime, entry_id: str) -> tuple[str, str]:
    """The sort key of a line, exact to the microsecond."""
    return instant_text(at), entry_id


def after_instant(key: tuple[str, ...] | None) -> tuple[datetime, str] | None:
    """The key that a token holds. Raises PageTokenInvalid."""
    if key is None:
        return None
    try:
        at, entry_id = key
        instant = parse_instant(at)
    except ValueError:
        raise PageTokenInvalid from None
    if not is_id(entry_id):
        raise PageTokenInvalid
    return instant, entry_id
