"""A message on its way to a provider."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from services.notify.cases.rules import Case
from services.notify.messages.rules import Outcome, StoredMessage
from services.notify.webhooks.rules.endpoint import Endpoint
from shared.kernel.case_link import CaseLink
from shared.platform.observability.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A claimed message with what its channel needs, and the `context` of this attempt.

    `at` is the organisation's instant; webhooks have a `case`.
    """

    stored: StoredMessage
    token: str
    at: datetime
    endpoint: Endpoint | None
    context: Context
    case: Case | None = None
    links: tuple[CaseLink, ...] = ()
    """The links to the case that its words name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Hands parcels of one channel to its provider, at most `at_once` at a time. `send` raises nothing expected."""

    send: Callable[[Parcel], Awaitable[Outcome]]
    at_once: int
