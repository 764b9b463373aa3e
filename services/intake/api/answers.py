"""Response models of intake: nothing of the domain leaks out."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from services.intake.api.paper_answers import (
    DocumentView,
    EvidenceView,
    FileView,
    RecordView,
    RefusalView,
    TextView,
    VisitView,
)
from services.intake.api.timed_answers import RetentionView


class PolicyView(BaseModel):
    """The pack version that the case is pinned to."""

    pack: str
    version: int


class MilestoneView(BaseModel):
    """A milestone, when it was reached, by which step (null for another service's) and under which rule."""

    name: str
    at: datetime
    step: str | None
    cite: str


class RegisteredView(BaseModel):
    """A new case."""

    case_id: str
    number: str
    case_type: str
    status: str
    status_label: TextView
    policy: PolicyView
    received_at: datetime
    registered_at: datetime
    first_responder: str
    owner: str
    customer_ref: str
    contact_id: str | None
    facts: dict[str, Any]


class InputView(BaseModel):
    """One value that a step asks for; where not always, `required_when` is the pack's condition over the others."""

    id: str
    label: TextView
    type: str
    required: bool
    required_when: str | None
    choices: list[str]


class NextStepView(BaseModel):
    """A step that can be taken from where the case stands; `refusal` says why not now, or not by this caller."""

    step: str
    label: TextView
    cite: str
    roles: list[str]
    input: list[InputView]
    allowed: bool
    refusal: RefusalView | None


class PendingExtensionView(BaseModel):
    """A later due instant that was asked for; somebody of the role decides, not the one who asked."""

    extension_id: str
    proposed_due_at: datetime
    approver_role: str
    requested_by: str


class ClockView(BaseModel):
    """A clock as sla reported it last."""

    clock_id: str
    clock: str
    label: TextView
    state: str
    breached: bool
    started_at: datetime
    due_at: datetime
    pending_extension: PendingExtensionView | None
    cite: str


class AmountView(BaseModel):
    """Money: integer minor units, ISO 4217 currency, and as people read it."""

    minor: int
    currency: str
    text: str


class FigureView(BaseModel):
    """A result beside a remedy's amount, which is not paid. `value` is decimal text, `amount` the same in money."""

    id: str
    label: TextView
    value: str
    amount: AmountView | None
    unit: str | None


class RemedyView(BaseModel):
    """A remedy as settlement reported it last; the roles of `missing_approvals` have to approve it now."""

    remedy_id: str
    remedy: str
    label: TextView
    mode: str
    state: str
    amount: AmountView
    quantity: str | None
    unit: str | None
    figures: list[FigureView]
    returned: str | None
    released: str | None
    missing_approvals: list[str]
    at: datetime
    cite: str


class MessageView(BaseModel):
    """A message as notify reported it last."""

    message_id: str
    rule: str
    on: str
    recipient: str
    channel: str
    state: str
    at: datetime
    cite: str


class LinkView(BaseModel):
    """The case at the other end of a link; `relation` is what the linked case is to the one that opened it."""

    relation: str
    case_id: str
    number: str
    case_type: str
    case_type_label: TextView
    status: str
    status_label: TextView
    phase: str
    owner: str


class CasePage(RegisteredView):
    """Everything about a case in one call."""

    case_type_label: TextView
    channel: str
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


class CaseItem(BaseModel):
    """A case in a list."""

    case_id: str
    number: str
    case_type: str
    status: str
    status_label: TextView
    policy: PolicyView
    received_at: datetime
    owner: str
    customer_ref: str


class StepView(BaseModel):
    """What a step did."""

    case_id: str
    number: str
    step: str
    status: str
    status_label: TextView
    owner: str
    milestones: list[str]
    facts: dict[str, Any]
    version: int
    at: datetime
    cite: str
    document: DocumentView | None
    record: RecordView | None
    visit: VisitView | None
    opened: list[LinkView]


class TimelineItem(BaseModel):
    """A line of history: when it happened and was recorded, who did what, under which rule."""

    entry_id: str
    at: datetime
    recorded_at: datetime
    source: str
    what: str
    label: TextView
    actor: str
    actor_roles: list[str]
    cite: str | None
    details: dict[str, Any]


class ContactView(BaseModel):
    """A contact on record; `case_id` when it led to a case."""

    contact_id: str
    channel: str
    kind: str
    label: TextView
    caller: dict[str, Any]
    summary: str | None
    fields: dict[str, Any]
    received_at: datetime
    received_by: str
    first_responder: str
    case_id: str | None
    cite: str
