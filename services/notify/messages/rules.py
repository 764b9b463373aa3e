"""One message to one recipient over one channel, and what may happen to it.

queued → sending → sent | queued again (a later attempt) | failed; queued, sending or to_do → skipped.
What a person delivers is queued → to_do → sent | failed: nobody leases it, it waits until somebody says.
`sending` is held under a lease: when a sender dies, the lease runs out and another claims the
message as a further attempt. The identity of the message (and so Message-ID and webhook-id) never
changes, so a receiver can drop what a crash between hand-over and record made us send twice.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.kernel.errors import Conflict, NotFound, Title
from shared.kernel.ids import OrgId

NOT_DELIVERED: Final = "not_delivered"
"""Why a message failed that a person could not deliver."""


class Channel(StrEnum):
    """Ways to reach somebody."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    INTERNAL = "internal"
    FAX = "fax"
    PHONE = "phone"
    LETTER = "letter"

    @property
    def is_by_hand(self) -> bool:
        """True where a person delivers."""
        return self in (Channel.FAX, Channel.PHONE, Channel.LETTER)


class State(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    SENDING = "sending"
    TO_DO = "to_do"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a message is about; unique per organisation, so nobody is told the same thing twice."""

    case_id: str
    occasion: str  # the event's id, or `case` for rules that speak once per case
    rule: str
    recipient: str  # role
    channel: Channel
    step: int = 1
    endpoint_id: str = ""  # of a webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The text as it will be handed over, and in whose name; frozen, so retries say the same."""

    subject: str
    body: str
    sender_name: str = ""
    sender_email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message and its progress."""

    message_id: str
    identity: Identity
    on: str
    template: str
    template_version: int
    locale: str
    cite: str
    fallback: tuple[Channel, ...]
    address: str | None
    words: Words
    is_rechecked: bool  # its rule says when it is no longer true, or at which hours it may be told
    state: State
    attempts: int
    due_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None = None
    reason: str | None = None
    handler: str | None = None  # who delivers by hand: `role:…` or `subject:…`

    @property
    def is_subscription(self) -> bool:
        """True for a case event passed to a webhook because it is subscribed to, not because of a rule."""
        return self.identity.rule == ""


def claim(message: Message) -> Message:
    """A sender takes the message for its next attempt. A `sending` one is taken over when its lease ran out."""
    match message.state:
        case State.QUEUED | State.SENDING:
            return replace(message, state=State.SENDING, attempts=message.attempts + 1)
        case State.TO_DO | State.SENT | State.SKIPPED | State.FAILED:
            raise IllegalMessageTransition(state=message.state, action="claim")


def sent(message: Message, *, at: datetime) -> Message:
    """The channel's provider took it."""
    match message.state:
        case State.SENDING:
            return replace(message, state=State.SENT, due_at=None, ended_at=at)
        case State.QUEUED | State.TO_DO | State.SENT | State.SKIPPED | State.FAILED:
            raise IllegalMessageTransition(state=message.state, action="sent")


def retry(message: Message, *, due_at: datetime) -> Message:
    """The attempt did not succeed; another follows at `due_at`."""
    match message.state:
        case State.SENDING:
            return replace(message, state=State.QUEUED, due_at=due_at)
        case State.QUEUED | State.TO_DO | State.SENT | State.SKIPPED | State.FAILED:
            raise IllegalMessageTransition(state=message.state, action="retry")


def fail(message: Message, *, at: datetime, reason: str) -> Message:
    """Given up: refused for good, or no attempt left."""
    match message.state:
        case State.SENDING:
            return replace(message, state=State.FAILED, due_at=None, ended_at=at, reason=reason)
        case State.QUEUED | State.TO_DO | State.SENT | State.SKIPPED | State.FAILED:
            raise IllegalMessageTransition(state=message.state, action="fail")


def skip(message: Message, *, at: datetime, reason: str) -> Message:
    """Not to be sent (any more): the case moved on, time ran out, or nobody can be reached."""
    match message.state:
        case State.QUEUED | State.SENDING | State.TO_DO:
            return replace(message, state=State.SKIPPED, due_at=None, ended_at=at, reason=reason)
        case State.SENT | State.SKIPPED | State.FAILED:
            raise IllegalMessageTransition(state=message.state, action="skip")


def postpone(message: Message, *, due_at: datetime) -> Message:
    """Its hours are over; it waits for the next ones, and what a sender that vanished made of it stays unknown."""
    match message.state:
        case State.QUEUED | State.SENDING:
            return replace(message, state=State.QUEUED, due_at=due_at)
        case State.TO_DO | State.SENT | State.SKIPPED | State.FAILED:
            raise IllegalMessageTransition(state=message.state, action="postpone")


def hand_over(message: Message) -> Message:
    """A person may deliver it from now on."""
    match message.state:
        case State.QUEUED:
            return replace(message, state=State.TO_DO, due_at=None)
        case State.SENDING | State.TO_DO | State.SENT | State.SKIPPED | State.FAILED:
            raise IllegalMessageTransition(state=message.state, action="hand_over")


def done(message: Message, *, delivered: bool, at: datetime) -> Message:
    """The person says whether it reached the recipient."""
    match message.state:
        case State.TO_DO:
            over = replace(message, attempts=message.attempts + 1, ended_at=at)
            return (
                replace(over, state=State.SENT)
                if delivered
                else replace(over, state=State.FAILED, reason=NOT_DELIVERED)
            )
        case State.QUEUED | State.SENDING | State.SENT | State.SKIPPED | State.FAILED:
            raise IllegalMessageTransition(state=message.state, action="done")


class Verdict(StrEnum):
    """What an attempt came to."""

    DELIVERED = "delivered"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    GONE = "gone"  # the endpoint asks to be left alone for good
    UNKNOWN = "unknown"  # the sender died before it could record; the provider may have taken it


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Verdict on one attempt with the provider's code (SMTP or HTTP) and a short reason code."""

    verdict: Verdict
    code: int | None
    reason: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A message as it is stored: whose it is, on which clock, when it was made."""

    org: OrgId
    is_simulated: bool
    created_at: datetime
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a message; of one by hand, who said what became of it, and his note."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome
    subject: str | None = None
    note: str | None = None


class MessageNotFound(NotFound):
    """No such message in this organisation."""

    code = "message_not_found"
    title = Title("Message not found", "未找到消息")


class IllegalMessageTransition(Conflict):
    """A message is asked for a change that its state does not allow."""

    code = "illegal_message_transition"
    title = Title("Message state does not allow this", "消息当前状态不允许此操作")

    def __init__(self, *, state: str, action: str) -> None:
        super().__init__(detail=f"{action} from {state}", fields={"state": state, "action": action})
