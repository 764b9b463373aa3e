"""Requests and answers about steps."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from services.intake.cases.views import facts_in_order
from services.intake.documents.views import DocumentView, RecordView, document_view, record_view
from services.intake.entries.views import Entries, RefusalView, TextView, refusal_view, text_view
from services.intake.links.views import LinkView, link_view
from services.intake.visits.views import VisitView, visit_view
from services.intake.workflow.rules.available import Offer
from services.intake.workflow.rules.step import StepResult
from shared.packs.intake.model.fields import EntryField, FieldType
from shared.packs.intake.model.section import IntakeSection
from shared.packs.intake.model.withdraws import Withdraws
from shared.platform.http.edge import UUID_PATTERN, StrictModel
from shared.platform.http.one_of import one_of
from shared.platform.http.strict import Instant

EvidenceId = Annotated[str, StringConstraints(pattern=UUID_PATTERN)]


class StepBody(StrictModel):
    """What the step asks for (see `next` on the case page), when it happened if that was earlier, and on which files of
    the case it rests.
    """

    input: Entries = {}
    at: Instant | None = None
    evidence: Annotated[list[EvidenceId], Field(max_length=50)] = []


class InputView(BaseModel):
    """One value that a step asks for; where not always, `required_when` is the pack's condition over the others."""

    id: str
    label: TextView
    type: Annotated[str, one_of(FieldType)]
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


class WithdrawsView(BaseModel):
    """Remedies that the step ends, by their ids in the pack, or of every id (`all`)."""

    remedies: list[str] | Literal["all"]
    reason: TextView
    cite: str


class StepView(BaseModel):
    """What a step did."""

    case_id: str
    number: str
    step: str
    case_type: str = Field(description="The type afterwards.")
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
    withdraws: list[WithdrawsView]


def step_view(taken: StepResult, section: IntakeSection) -> StepView:
    """What a step did."""
    case = taken.case
    return StepView(
        case_id=case.case_id,
        number=case.number,
        step=taken.step.id,
        case_type=case.case_type,
        status=case.status,
        status_label=text_view(section.statuses_by_id[case.status].label),
        owner=case.owner,
        milestones=[reached.name for reached in taken.reached],
        facts=facts_in_order(case, section),
        version=case.version,
        at=taken.at,
        cite=taken.step.cite,
        document=document_view(taken.document, section) if taken.document else None,
        record=record_view(taken.record, section) if taken.record else None,
        visit=visit_view(taken.visit) if taken.visit else None,
        opened=[link_view(item, section) for item in taken.linked],
        withdraws=[_withdraws_view(item) for item in taken.withdraws],
    )


def _withdraws_view(item: Withdraws) -> WithdrawsView:
    names = item.remedies if item.remedies == "all" else list(item.remedies)
    return WithdrawsView(remedies=names, reason=text_view(item.label), cite=item.cite)


def next_step_view(offer: Offer, section: IntakeSection) -> NextStepView:
    return NextStepView(
        step=offer.step.id,
        label=text_view(offer.step.label),
        cite=offer.step.cite,
        roles=list(offer.step.roles),
        input=[input_view(field) for field in section.fields_of(offer.step)],
        allowed=offer.refusal is None,
        refusal=refusal_view(offer.refusal) if offer.refusal else None,
    )


def input_view(field: EntryField) -> InputView:
    """One value that a step asks for."""
    return InputView(
        id=field.id,
        label=text_view(field.label),
        type=field.type,
        required=field.required,
        required_when=str(field.required_when) if field.required_when is not None else None,
        choices=list(field.allowed()),
    )
