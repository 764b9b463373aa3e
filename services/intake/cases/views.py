"""Requests and answers about cases: nothing unknown comes in, nothing of the rules goes out."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from services.intake.cases.rules.case import Case
from services.intake.cases.rules.party import Party
from services.intake.cases.store.listing import CaseRow
from services.intake.entries.views import Entries, TextView, Word, text_view
from shared.kernel.ids import new_id
from shared.packs.intake.model.section import IntakeSection
from shared.platform.http.edge import StrictModel
from shared.platform.http.strict import Instant, Visible

Reference = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$"), Visible]
PersonName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"), Visible]
Email = Annotated[
    str,
    StringConstraints(
        max_length=254,
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$",
    ),
    Field(description="ASCII (RFC 5321); a domain in other letters is written as in the DNS, `xn--…`."),
]
Phone = Annotated[str, StringConstraints(max_length=32, pattern=r"^\+?[0-9][0-9 ()/-]{2,30}$")]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z]{4})?(-([A-Z]{2}|[0-9]{3}))?$")]
Description = Annotated[str, StringConstraints(max_length=10_000)]


class PersonBody(StrictModel):
    """A person or company and how to reach it."""

    name: PersonName
    email: Email | None = None
    phone: Phone | None = None
    locale: Locale = "zh-CN"


class CustomerBody(PersonBody):
    """Whose complaint it is; `ref` is the customer's id in the caller's system."""

    ref: Reference


class PartyBody(PersonBody):
    """A further party that may have to be told: a role of the pack and its addresses."""

    role: Word


class OpenCaseBody(StrictModel):
    """A case that a contact on record leads to; channel and receipt are the contact's."""

    case_type: Word
    customer: CustomerBody
    parties: Annotated[list[PartyBody], Field(max_length=20)] = []
    order_ref: Reference | None = None
    description: Description | None = None
    facts: Entries = {}


class RegisterCaseBody(OpenCaseBody):
    """A complaint. `pack` is needed only where the organisation works with several."""

    channel: Word
    received_at: Instant | None = None
    pack: Word | None = None


class PinnedPolicyView(BaseModel):
    """The pack version that the case is pinned to."""

    pack: str
    version: int


class RegisteredView(BaseModel):
    """A new case."""

    case_id: str
    number: str
    case_type: str
    status: str
    status_label: TextView
    policy: PinnedPolicyView
    received_at: datetime
    registered_at: datetime
    first_responder: str
    owner: str
    customer_ref: str
    contact_id: str | None
    facts: dict[str, Any]


class CaseItem(BaseModel):
    """A case in a list; `changed_at` is when its registration or latest step was recorded."""

    case_id: str
    number: str
    case_type: str
    registered_as: str | None = Field(
        default=None, description="The type as which it was registered, where a step has changed it since; else null."
    )
    status: str
    status_label: TextView
    policy: PinnedPolicyView
    received_at: datetime
    changed_at: datetime
    first_responder: str
    owner: str
    customer_ref: str
    customer_name: str | None
    order_ref: str | None


def registered_view(case: Case, section: IntakeSection) -> RegisteredView:
    """A new case."""
    return RegisteredView(**case_fields(case, section))


def case_fields(case: Case, section: IntakeSection) -> dict[str, Any]:
    return {
        "case_id": case.case_id,
        "number": case.number,
        "case_type": case.case_type,
        "status": case.status,
        "status_label": text_view(section.statuses_by_id[case.status].label),
        "policy": PinnedPolicyView(pack=case.pack, version=case.policy_version),
        "received_at": case.received_at,
        "registered_at": case.registered_at,
        "first_responder": case.first_responder,
        "owner": case.owner,
        "customer_ref": case.customer_ref,
        "contact_id": case.contact_id,
        "facts": facts_in_order(case, section),
    }


def facts_in_order(case: Case, section: IntakeSection) -> dict[str, Any]:
    """In the pack's order, which PostgreSQL does not keep."""
    return {field.id: case.facts.get(field.id) for field in section.facts_of(case.case_type)}


def case_item(row: CaseRow, section: IntakeSection) -> CaseItem:
    """A case in a list."""
    return CaseItem(
        case_id=row.case_id,
        number=row.number,
        case_type=row.case_type,
        registered_as=row.registered_as,
        status=row.status,
        status_label=text_view(section.statuses_by_id[row.status].label),
        policy=PinnedPolicyView(pack=row.pack, version=row.policy_version),
        received_at=row.received_at,
        changed_at=row.changed_at,
        first_responder=row.first_responder,
        owner=row.owner,
        customer_ref=row.customer_ref,
        customer_name=row.customer_name,
        order_ref=row.order_ref,
    )


def parties_of(body: OpenCaseBody) -> list[Party]:
    """The customer first, then the others."""
    concerned: list[tuple[str, PersonBody]] = [("customer", body.customer)]
    concerned += [(party.role, party) for party in body.parties]
    return [
        Party(
            party_id=new_id(),
            role=role,
            name=person.name,
            email=person.email,
            phone=person.phone,
            locale=person.locale,
        )
        for role, person in concerned
    ]
