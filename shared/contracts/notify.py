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


class MessageSentV1(MessageFacts):
    """Handed to the channel's provider."""

    TYPE: ClassVar[str] = "message.sent.v1"

    sent_at: Instant
    attempts: int


class MessageSkippedV1(MessageFacts):
    """Not sent, because the case had moved on or the recipient cannot be reached; `reason` is a code."""

    TYPE: ClassVar[str] = "message.skipped.v1"

    reason: str


class MessageFailedV1(MessageFacts):
    """Given up after all attempts."""

    TYPE: ClassVar[str] = "message.failed.v1"

    attempts: int
    reason: str
