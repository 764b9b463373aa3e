"""Requests and answers about webhook endpoints."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, StringConstraints

from services.notify.webhooks.rules.endpoint import Endpoint
from shared.platform.http.edge import StrictModel
from shared.platform.outbound.signature import public_key_text, secret_text

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
