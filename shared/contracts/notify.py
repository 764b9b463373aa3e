"""Published by notify on its topic, keyed by case: what was said to whom. No address, no text."""

from typing import ClassVar

from shared.contracts import topics
from shared.contracts.envelope import Instant, OfCase


class MessageFacts(OfCase):
    """Which message: the rule that made it, for whom, over what, in which words."""

    TOPIC: ClassVar[str] = topics.NOTIFY

    message_id: str
    rule: str
    on: str  # canonical event name that caused it
    recipient: str  # role
    channel: str
    template: str
    locale: str
    cite: str


class MessageToDoV1(MessageFacts):
    """A person delivers it: it waits until one of `handled_by` says whether it arrived."""

    TYPE: ClassVar[str] = "message.to_do.v1"

    handled_by: str  # `role:…`, or `subject:…` for one person
    deliver_by: Instant | None = None  # later it is out of date


class MessageSentV1(MessageFacts):
    """Handed to the channel's provider, or delivered by a person, after it had failed too."""

    TYPE: ClassVar[str] = "message.sent.v1"

    sent_at: Instant
    attempts: int
    unknown_attempts: int = 0  # that may have delivered it as well: so often more it may have come


class MessageOutcomeUnknownV1(MessageFacts):
    """It may have arrived: an attempt ended without an answer that was recorded; `reason` is a code."""

    TYPE: ClassVar[str] = "message.outcome_unknown.v1"

    attempts: int
    reason: str
    repeats_at: Instant | None  # when it is handed over once more; null: a person finds out


class MessageSkippedV1(MessageFacts):
    """Not sent, because the case had moved on or the recipient cannot be reached; `reason` is a code."""

    TYPE: ClassVar[str] = "message.skipped.v1"

    reason: str


class MessageFailedV1(MessageFacts):
    """Given up after all attempts."""

    TYPE: ClassVar[str] = "message.failed.v1"

    attempts: int
    reason: str
