"""A message on its way to a provider."""

from dataclasses import dataclass
from datetime import datetime

from services.notify.messages.rules import Kept
from services.notify.webhooks.rules.endpoint import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A claimed message with what its channel needs. `at` is the organisation's instant."""

    kept: Kept
    token: str
    at: datetime
    endpoint: Endpoint | None
