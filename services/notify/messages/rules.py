"""One message to one recipient over one channel, and what may happen to it.

queued → sending → sent | queued again (a later attempt) | failed; queued or to_do → skipped.
sending → outcome_unknown when the attempt may have delivered and no answer was recorded (ADR 0065). It is sending once
more at `due_at`, or without `due_at` waits for a person: sent | failed. From there on it is never queued or skipped.
A delivery to a webhook that has ended is queued again when its owner asks for it.
A message that a person delivers: queued → to_do → sent | failed. It is not leased; it waits for the confirmation.
A message of a rule that failed: sent | skipped when a person says that the recipient was told in another way.
`sending` is held under a lease, which runs out when its sender dies. The identity of the message (and so Message-ID
and webhook-id) never changes, so a receiver can drop what an attempt of unknown outcome made us send twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.kernel.errors import Conflict, NotFound
from shared.kernel.ids import OrgId
from shared.kernel.text import Text
from shared.packs.notify.model.channels import Delivery

NOT_DELIVERED: Final = "not_delivered"
"""The reason of a message that failed because a person could not deliver it."""


class MessageNotFound(NotFound):
    """No such message in this organisation."""

    code = "message_not_found"
    title = Text(en="Message not found", zh="未找到消息")


class IllegalMessageTransition(Conflict):
    """A message is asked for a change that its state does not allow."""

    code = "illegal_message_transition"
    title = Text(en="Message state does not allow this", zh="消息当前状态不允许此操作")

    def __init__(self, *, state: str, action: str) -> None:
        super().__init__(detail=f"{action} from {state}", fields={"state": state, "action": action})


class State(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    SENDING = "sending"
    TO_DO = "to_do"
    OUTCOME_UNKNOWN = "outcome_unknown"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"


_ALLOWED: Final[Mapping[str, frozenset[State]]] = {
    "claim": frozenset({State.QUEUED, State.OUTCOME_UNKNOWN}),
    "sent": frozenset({State.SENDING, State.OUTCOME_UNKNOWN}),
    "retry": frozenset({State.SENDING}),
    "doubt": frozenset({State.SENDING}),
    "fail": frozenset({State.SENDING}),
    "skip": frozenset({State.QUEUED, State.SENDING, State.OUTCOME_UNKNOWN, State.TO_DO, State.FAILED}),
    "postpone": frozenset({State.QUEUED, State.OUTCOME_UNKNOWN}),
    "hand_over": frozenset({State.QUEUED}),
    "done": frozenset({State.TO_DO, State.FAILED, State.OUTCOME_UNKNOWN}),
    "redeliver": frozenset({State.SENT, State.SKIPPED, State.FAILED, State.OUTCOME_UNKNOWN}),
}
"""The states in which each action is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a message is about; unique per organisation, so the same message is never made twice."""

    case_id: str
    occasion: str  # the event's id, or `case` for rules that speak once per case
    rule: str
    recipient: str  # role
    channel: str
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
    delivery: Delivery
    on: str
    template: str
    template_version: int
    locale: str
    cite: str
    fallback: tuple[str, ...]  # further channels, in their order
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
    tries_before: int = 0  # attempts made before the delivery was asked for again
    unknown_attempts: int = 0  # those since then that may have delivered

    @property
    def is_subscription(self) -> bool:
        """True for a case event passed to a webhook because it is subscribed to, not because of a rule."""
        return self.identity.rule == ""

    @property
    def tries(self) -> int:
        """Attempts since the delivery was asked for, or asked for again; the plan of retries counts these."""
        return self.attempts - self.tries_before

    @property
    def is_over(self) -> bool:
        """True when no sender will have it any more; of a message of unknown outcome a person may still find out."""
        return self.ended_at is not None


class Verdict(StrEnum):
    """What an attempt came to."""

    DELIVERED = "delivered"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    GONE = "gone"  # the endpoint asks for no further messages
    UNKNOWN = "unknown"  # the sender died before it could record; the provider may have taken it


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Verdict on one attempt with the provider's code (SMTP or HTTP) and a short reason code."""

    verdict: Verdict
    code: int | None
    reason: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenDeliveries:
    """Which deliveries; what is None does not restrict. `since` and `until` are instants of the organisation."""

    message_ids: tuple[str, ...] | None = None
    case_id: str | None = None
    states: tuple[str, ...] | None = None
    events: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None


TOLD_IN_INBOX: Final = Outcome(verdict=Verdict.DELIVERED, code=None, reason="inbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A message as it is stored: its organisation, on which clock, when it was made and in which span."""

    org: OrgId
    is_simulated: bool
    created_at: datetime
    message: Message
    traceparent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a message; for one by hand, who confirmed it and the note."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome
    subject: str | None = None
    note: str | None = None


def claim(message: Message) -> Message:
    """A sender takes the message for its next attempt."""
    _require(message, "claim", if_=not message.is_over)
    return replace(message, state=State.SENDING, attempts=message.attempts + 1)


def sent(message: Message, *, at: datetime) -> Message:
    """The channel's provider took it; of a message of unknown outcome its answer was late."""
    _require(message, "sent")
    told_late = message.state is State.OUTCOME_UNKNOWN
    unknown = message.unknown_attempts - told_late
    return replace(message, state=State.SENT, due_at=None, ended_at=at, reason=None, unknown_attempts=unknown)


def retry(message: Message, *, due_at: datetime) -> Message:
    """The attempt did not succeed; another follows at `due_at`."""
    _require(message, "retry")
    state = State.OUTCOME_UNKNOWN if message.unknown_attempts else State.QUEUED
    return replace(message, state=state, due_at=due_at)


def doubt(message: Message, *, at: datetime, due_at: datetime | None, reason: str) -> Message:
    """The attempt may have delivered. It is repeated at `due_at`; without it a person has to find out."""
    _require(message, "doubt")
    return replace(
        message,
        state=State.OUTCOME_UNKNOWN,
        unknown_attempts=message.unknown_attempts + 1,
        due_at=due_at,
        ended_at=None if due_at else at,
        reason=reason,
    )


def fail(message: Message, *, at: datetime, reason: str) -> Message:
    """Given up: refused for good, or no attempt left. Where an earlier attempt may have delivered, that stays open."""
    _require(message, "fail")
    state = State.OUTCOME_UNKNOWN if message.unknown_attempts else State.FAILED
    return replace(message, state=state, due_at=None, ended_at=at, reason=reason)


def skip(message: Message, *, at: datetime, reason: str) -> Message:
    """Not to be sent (any more): the case moved on, time ran out, or the recipient has no address.

    What a sender holds or had may have arrived: its outcome is unknown, whether it is still wanted or not.
    """
    _require(message, "skip")
    match message.state:
        case State.SENDING:
            return doubt(message, at=at, due_at=None, reason=reason)
        case State.OUTCOME_UNKNOWN:
            return replace(message, due_at=None, ended_at=at, reason=reason)
        case _:
            return replace(message, state=State.SKIPPED, due_at=None, ended_at=at, reason=reason)


def postpone(message: Message, *, due_at: datetime) -> Message:
    """Its hours are over; it waits for the next ones."""
    _require(message, "postpone", if_=not message.is_over)
    return replace(message, due_at=due_at)


def hand_over(message: Message) -> Message:
    """A person may deliver it from now on."""
    _require(message, "hand_over")
    return replace(message, state=State.TO_DO, due_at=None)


def done(message: Message, *, delivered: bool, at: datetime) -> Message:
    """The person confirms whether it reached the recipient; of a message that has failed, only that it did."""
    _require(message, "done", if_=not message.is_subscription and (delivered or message.state is not State.FAILED))
    over = replace(message, attempts=message.attempts + 1, due_at=None, ended_at=at)
    return (
        replace(over, state=State.SENT, reason=None)
        if delivered
        else replace(over, state=State.FAILED, reason=NOT_DELIVERED)
    )


def redeliver(message: Message, *, due_at: datetime) -> Message:
    """An ended delivery is made again: the same id and words, the whole plan of retries."""
    _require(message, "redeliver", if_=message.is_over)
    return replace(
        message,
        state=State.QUEUED,
        due_at=due_at,
        expires_at=None,
        ended_at=None,
        reason=None,
        tries_before=message.attempts,
        unknown_attempts=0,
    )


def is_news(before: Message, after: Message) -> bool:
    """False for a message that was and is of unknown outcome and has an attempt before it."""
    waits = after.state is State.OUTCOME_UNKNOWN and not after.is_over
    return not (waits and before.unknown_attempts)


def _require(message: Message, action: str, *, if_: bool = True) -> None:
    if message.state not in _ALLOWED[action] or not if_:
        raise IllegalMessageTransition(state=message.state, action=action)
