"""Request models of intake: nothing unknown comes in."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from shared.platform.http.edge import StrictModel
from shared.platform.http.strict import Instant

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
PersonName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Email = Annotated[
    str, StringConstraints(max_length=254, pattern=r"^[^\s@<>\"',;:\\\x00-\x1f\x7f]+@[^\s@<>\"',;:\\\x00-\x1f\x7f]+$")
]
Phone = Annotated[str, StringConstraints(max_length=32, pattern=r"^\+?[0-9][0-9 ()/-]{2,30}$")]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z]{4})?(-([A-Z]{2}|[0-9]{3}))?$")]
Description = Annotated[str, StringConstraints(max_length=10_000)]
Entries = Annotated[dict[str, Any], Field(max_length=200)]


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
    """Somebody else who may have to be told: a role of the pack and how to reach it."""

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


class StepBody(StrictModel):
    """What the step asks for (see `next` on the case page), and when it happened if that was earlier."""

    input: Entries = {}
    at: Instant | None = None


class PurgeBody(StrictModel):
    """Nothing: the pack says which rule lets the case go."""


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
