"""A customer's own case as the customer reads it."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from services.intake.copies.rules import ClockState
from services.intake.copies.views import AmountView
from services.intake.documents.rules.document import DocumentState
from services.intake.dossier.rules.dossier import Dossier
from services.intake.entries.views import Entries, TextView, text_view
from services.intake.evidence.rules import Evidence
from services.intake.my import rules
from services.intake.my.store import OwnCaseRow
from services.intake.workflow.rules.available import Offer
from services.intake.workflow.views import InputView, input_view
from shared.kernel.actor import CUSTOMER_ROLE
from shared.kernel.money import Money
from shared.kernel.text import Text
from shared.packs.intake.model.section import IntakeSection
from shared.packs.store import Policy
from shared.platform.http.edge import StrictModel
from shared.platform.http.one_of import one_of


class MyStepBody(StrictModel):
    """What the step asks for, see `next` of the case."""

    input: Entries = {}


class MyCaseItem(BaseModel):
    """An own case in a list."""

    case_id: str
    number: str
    case_type: TextView
    status: TextView
    is_open: bool
    received_at: datetime


class MyFact(BaseModel):
    """Something known about the case."""

    id: str
    label: TextView
    value: Any


class MyMilestone(BaseModel):
    """Something that the case has reached."""

    label: TextView
    at: datetime


class MyPromise(BaseModel):
    """By when something was promised."""

    label: TextView
    due_at: datetime
    state: Annotated[str, one_of(ClockState)] = Field(description="How the clock stands.")


class MyOffer(BaseModel):
    """An offer; settlement's `/v1/my/cases/{case_id}/offers` has what accepting it needs."""

    remedy_id: str
    label: TextView
    amount: AmountView
    quantity: str | None
    unit: str | None
    state: Annotated[str, one_of(dict.fromkeys(rules.OFFER_STATES.values()))] = Field(
        description="Where the offer stands."
    )
    at: datetime


class MyPaper(BaseModel):
    """A paper that the customer signs or gets."""

    document_id: str
    label: TextView
    number: str
    fields: dict[str, Any]
    state: Annotated[str, one_of(DocumentState)] = Field(description="Where the paper stands.")
    signed_by: list[str]


class MyFile(BaseModel):
    """A file that the customer filed."""

    evidence_id: str
    kind: str
    filename: str | None
    media_type: str
    size: int
    added_at: datetime


class MyStep(BaseModel):
    """Something that the customer may do now, a paper to sign among it."""

    step: str
    label: TextView
    input: list[InputView]


class MyFileKind(BaseModel):
    """A kind of file that the customer may add."""

    kind: str
    label: TextView
    media_types: list[str]
    max_bytes: int


class MyCase(MyCaseItem):
    """An own case: what the organisation's pack shows to customers, and nothing else."""

    order_ref: str | None
    facts: list[MyFact]
    milestones: list[MyMilestone]
    promises: list[MyPromise]
    offers: list[MyOffer]
    papers: list[MyPaper]
    files: list[MyFile]
    next: list[MyStep]
    may_file: list[MyFileKind]


def my_case_item(row: OwnCaseRow, section: IntakeSection) -> MyCaseItem:
    """An own case in a list."""
    status = section.statuses_by_id[row.status]
    return MyCaseItem(
        case_id=row.case_id,
        number=row.number,
        case_type=text_view(section.case_types_by_id[row.case_type].label),
        status=text_view(rules.words_of(status)),
        is_open=status.phase == "open",
        received_at=row.received_at,
    )


def my_case(dossier: Dossier, policy: Policy, *, steps: list[Offer], may_file: bool) -> MyCase:
    """The page of an own case. `steps` are what its reader may take; `may_file` tells whether files may be added."""
    case, section = dossier.case, policy.intake
    status = section.statuses_by_id[case.status]
    return MyCase(
        case_id=case.case_id,
        number=case.number,
        case_type=text_view(section.case_types_by_id[case.case_type].label),
        status=text_view(rules.words_of(status)),
        is_open=status.phase == "open",
        received_at=case.received_at,
        order_ref=case.order_ref,
        facts=_facts(dossier, section),
        milestones=[
            MyMilestone(label=text_view(item.label), at=item.reached.at) for item in rules.milestones(dossier, section)
        ],
        promises=[
            MyPromise(label=TextView(zh=clock.label_zh, en=clock.label_en), due_at=clock.due_at, state=clock.state)
            for clock in rules.promises(dossier, policy.sla)
        ],
        offers=_offers(dossier, policy),
        papers=_papers(dossier, section),
        files=[my_file(file) for file in rules.files(dossier)],
        next=[_step(offer, section) for offer in steps if offer.refusal is None and CUSTOMER_ROLE in offer.step.roles],
        may_file=_kinds(section) if may_file and status.phase != "archived" else [],
    )


def _facts(dossier: Dossier, section: IntakeSection) -> list[MyFact]:
    known = dossier.case.facts
    return [
        MyFact(id=fact.id, label=text_view(fact.label), value=known.get(fact.id))
        for fact in section.facts
        if fact.visible_to_customer
    ]


def _offers(dossier: Dossier, policy: Policy) -> list[MyOffer]:
    shown = []
    for remedy in rules.offers(dossier):
        rule = policy.settlement.remedy(remedy.remedy)
        money = Money(minor=remedy.amount_minor, currency=remedy.currency)
        shown.append(
            MyOffer(
                remedy_id=remedy.remedy_id,
                label=text_view(rule.label if rule else Text(zh=remedy.remedy, en=remedy.remedy)),
                amount=AmountView(minor=money.minor, currency=money.currency, text=money.text()),
                quantity=remedy.quantity,
                unit=remedy.unit,
                state=rules.OFFER_STATES[remedy.state],
                at=remedy.at,
            )
        )
    return shown


def _papers(dossier: Dossier, section: IntakeSection) -> list[MyPaper]:
    return [
        MyPaper(
            document_id=paper.document_id,
            label=text_view(section.documents_by_id[paper.template].label),
            number=paper.number,
            fields=dict(paper.fields),
            state=paper.state,
            signed_by=paper.signed_by,
        )
        for paper in rules.papers(dossier, section)
    ]


def my_file(file: Evidence) -> MyFile:
    """A file that the customer filed."""
    return MyFile(
        evidence_id=file.evidence_id,
        kind=file.kind,
        filename=file.filename,
        media_type=file.media_type,
        size=file.size,
        added_at=file.added_at,
    )


def _step(offer: Offer, section: IntakeSection) -> MyStep:
    return MyStep(
        step=offer.step.id,
        label=text_view(offer.step.label),
        input=[input_view(field) for field in section.fields_of(offer.step)],
    )


def _kinds(section: IntakeSection) -> list[MyFileKind]:
    return [
        MyFileKind(
            kind=kind.id,
            label=text_view(kind.label),
            media_types=list(kind.media_types),
            max_bytes=kind.max_bytes,
        )
        for kind in section.evidence
        if kind.from_customer
    ]
