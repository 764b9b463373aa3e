"""Requests and answers about contacts."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, StringConstraints

from services.intake.cases.views import Description, Email, PersonName, Phone
from services.intake.contacts.rules import Contact
from services.intake.entries.views import Entries, TextView, Word, text_view
from shared.packs.intake.model.section import IntakeSection
from shared.platform.http.edge import UUID_PATTERN, StrictModel
from shared.platform.http.strict import Instant


class ContactCallerBody(StrictModel):
    """Who got in touch, as far as it is known."""

    organisation: PersonName | None = None
    name: PersonName | None = None
    phone: Phone | None = None
    email: Email | None = None


class NoteContactBody(StrictModel):
    """A call, a letter, a visit to the counter."""

    channel: Word
    kind: Word
    caller: ContactCallerBody
    summary: Description | None = None
    fields: Entries = {}
    received_at: Instant | None = None
    pack: Word | None = None


class JoinCaseBody(StrictModel):
    """The case that the contact concerns."""

    case_id: Annotated[str, StringConstraints(pattern=UUID_PATTERN)]


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


def contact_view(noted: Contact, section: IntakeSection) -> ContactView:
    """A contact on record."""
    kind = section.contacts_by_id.get(noted.kind)
    case_type = section.case_types_by_id.get(noted.kind)
    known = kind or case_type
    return ContactView(
        contact_id=noted.contact_id,
        channel=noted.channel,
        kind=noted.kind,
        label=text_view(known.label) if known else TextView(zh=noted.kind, en=noted.kind),
        caller=noted.caller,
        summary=noted.summary,
        fields=noted.fields,
        received_at=noted.received_at,
        received_by=noted.received_by,
        first_responder=noted.received_by,
        case_id=noted.case_id,
        cite=known.cite if known else "",
    )
