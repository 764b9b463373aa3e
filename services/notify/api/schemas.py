"""Requests and answers of notify's API."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints

from services.notify.db.endpoints import Endpoint
from services.notify.db.queries import ShownMessage
from services.notify.domain.signature import public_key_text, secret_text
from shared.packs.notify.delivery import ChannelName
from shared.platform.http.edge import StrictModel

EventWanted = Annotated[
    str, StringConstraints(pattern=r"^(\*|notice|[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+)$", max_length=64)
]


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
    state: Literal["queued", "to_do", "sent", "skipped", "failed"]
    subject: str
    body: str
    address: str | None
    cite: str
    reason: str | None
    at: datetime
    due_at: datetime | None = Field(description="When it is told or tried next: at once, or when its hours come.")
    handled_by: str | None = Field(description="Who delivers by hand: `role:…`, or `subject:…` for one person.")
    attempts: list[AttemptView]

    @classmethod
    def of(cls, message: ShownMessage) -> Self:
        """The view of a stored message."""
        return cls.model_validate(message, from_attributes=True)


class DoneBody(StrictModel):
    """Whether a message that is delivered by hand reached its recipient, and what there is to say of it."""

    delivered: bool
    note: Annotated[str, StringConstraints(min_length=1, max_length=2000)] | None = None


class RegisterWebhookBody(StrictModel):
    """Where case events are to be posted. `events` are canonical names, `*` for all, `notice` for rules' messages."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=2048)]
    events: Annotated[list[EventWanted], Field(min_length=1, max_length=100)] = ["*"]
    secret: Annotated[str, StringConstraints(max_length=128)] | None = None


class RotateWebhookBody(StrictModel):
    """The caller's own new secret; one is made when it is absent."""

    secret: Annotated[str, StringConstraints(max_length=128)] | None = None


class WebhookView(BaseModel):
    """A webhook endpoint. `public_key` verifies `v1a` signatures and is not secret."""

    webhook_id: str
    url: str
    events: list[str]
    state: Literal["active", "disabled"]
    reason: str | None
    public_key: str
    previous_secret_until: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, endpoint: Endpoint) -> Self:
        """The view of a stored endpoint."""
        return cls.model_validate(_shown(endpoint))


class WebhookSecretView(WebhookView):
    """The same with the `v1` secret, which is shown this once."""

    secret: str

    @classmethod
    def of(cls, endpoint: Endpoint) -> Self:
        """The view of an endpoint whose secret was just made."""
        return cls.model_validate(_shown(endpoint) | {"secret": secret_text(endpoint.keys.secret)})


class WebhookList(BaseModel):
    """All endpoints of an organisation."""

    items: list[WebhookView]


def _shown(endpoint: Endpoint) -> dict[str, object]:
    return {
        "webhook_id": endpoint.endpoint_id,
        "url": endpoint.url,
        "events": list(endpoint.events),
        "state": endpoint.state,
        "reason": endpoint.reason,
        "public_key": public_key_text(endpoint.keys.seed),
        "previous_secret_until": endpoint.keys.previous_until,
        "created_at": endpoint.created_at,
    }
