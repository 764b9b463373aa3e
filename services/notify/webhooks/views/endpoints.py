"""Requests and answers about webhook endpoints."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints

from services.notify.messages.rules import ChosenDeliveries
from services.notify.messages.store.queries import ShownMessage
from services.notify.messages.views import AttemptView
from services.notify.webhooks.rules.endpoint import Endpoint, NewSecret
from services.notify.webhooks.rules.subscription import NO_CASE
from shared.platform.http.edge import UUID_PATTERN, StrictModel
from shared.platform.http.strict import Instant
from shared.platform.outbound.signature import secret_text

EventWanted = Annotated[
    str, StringConstraints(pattern=r"^(\*|notice|[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+)$", max_length=64)
]


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
    def made(cls, made: NewSecret) -> Self:
        """The view of an endpoint whose secret was just made."""
        return cls.model_validate(_shown(made.endpoint) | {"secret": secret_text(made.secret)})


class WebhookList(BaseModel):
    """All endpoints of an organisation."""

    items: list[WebhookView]


class DeliveryView(BaseModel):
    """A delivery to a webhook endpoint. `message_id` is its `webhook-id`, the same in every attempt."""

    message_id: str
    event: str = Field(description="Name of the event, `notice` for the message of a rule, or `webhook.test`.")
    case_id: str | None = Field(description="Null for a test, which is about no case.")
    state: Literal["queued", "outcome_unknown", "sent", "skipped", "failed"] = Field(
        description="`outcome_unknown`: an attempt may have arrived; with `due_at` it is tried again."
    )
    reason: str | None
    body: str = Field(description="What is signed and sent; empty for a notice, and after the case was purged.")
    created_at: datetime
    at: datetime = Field(description="When it ended, or when it was made.")
    due_at: datetime | None = Field(description="When it is tried next.")
    attempts: list[AttemptView]

    @classmethod
    def of(cls, found: ShownMessage) -> Self:
        """The view of a stored delivery."""
        return cls(
            message_id=found.message_id,
            event=found.on if found.rule == "" else "notice",
            case_id=None if found.case_id == NO_CASE else found.case_id,
            state=found.state,
            reason=found.reason,
            body=found.body if found.rule == "" else "",
            created_at=found.created_at,
            at=found.at,
            due_at=found.due_at,
            attempts=[AttemptView.model_validate(each, from_attributes=True) for each in found.attempts],
        )


class TestView(BaseModel):
    """The delivery of a test; its attempts are in the list of deliveries."""

    message_id: str


class RedeliverBody(StrictModel):
    """Which ended deliveries are made again: those made from `from` on and before `to`, in the organisation's time."""

    since: Annotated[Instant, Field(alias="from")]
    until: Annotated[Instant, Field(alias="to")]
    states: Annotated[
        list[Literal["failed", "outcome_unknown", "skipped", "sent"]], Field(min_length=1, max_length=4)
    ] = ["failed", "outcome_unknown"]
    events: Annotated[list[EventWanted], Field(min_length=1, max_length=100)] | None = None
    case_id: Annotated[str, StringConstraints(pattern=UUID_PATTERN)] | None = None

    def chosen(self) -> ChosenDeliveries:
        """The choice that the body states."""
        return ChosenDeliveries(
            states=tuple(self.states),
            events=None if self.events is None else tuple(self.events),
            case_id=self.case_id,
            since=self.since,
            until=self.until,
        )


class RedeliveredView(BaseModel):
    """How many deliveries are made again."""

    redelivered: int


def _shown(endpoint: Endpoint) -> dict[str, object]:
    return {
        "webhook_id": endpoint.endpoint_id,
        "url": endpoint.url,
        "events": list(endpoint.events),
        "state": endpoint.state,
        "reason": endpoint.reason,
        "public_key": endpoint.keys.public_key,
        "previous_secret_until": endpoint.keys.previous_until,
        "created_at": endpoint.created_at,
    }
