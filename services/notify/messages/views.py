"""Requests and answers of notify's API."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from services.notify.messages.store.queries import ShownMessage
from shared.packs.notify.model.channels import ChannelName


class AttemptView(BaseModel):
    """One try: what the provider answered and when, in the organisation's time."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    result: Literal["delivered", "temporary", "permanent", "gone", "unknown"]
    code: int | None = Field(description="SMTP reply or HTTP status, when there was one.")
    reason: str
    subject: str | None = Field(description="Who said so, where a person delivered.")
    note: str | None


class MessageView(BaseModel):
    """A message: who was told what by which rule, in which words, and whether it arrived."""

    message_id: str
    case_id: str
    rule: str
    on: str = Field(description="Canonical name of the event that caused it.")
    recipient: str
    channel: ChannelName
    template: str
    locale: str
    state: Literal["queued", "to_do", "outcome_unknown", "sent", "skipped", "failed"] = Field(
        description="`outcome_unknown`: an attempt may have delivered it, and no answer was recorded."
    )
    subject: str
    body: str
    address: str | None
    cite: str
    reason: str | None
    unknown_attempts: int = Field(description="How many attempts may have delivered it without an answer.")
    at: datetime
    due_at: datetime | None = Field(description="When it is told or tried next: at once, or when its hours come.")
    handled_by: str | None = Field(description="Who delivers by hand: `role:…`, or `subject:…` for one person.")
    attempts: list[AttemptView]

    @classmethod
    def of(cls, message: ShownMessage) -> Self:
        """The view of a stored message."""
        return cls.model_validate(message, from_attributes=True)
