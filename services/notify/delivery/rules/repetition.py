"""Whether what may have arrived is handed over once more (ADR 0065).

A mailbox keeps both mails although they have one Message-ID (RFC 5322 §3.6.4 asks nothing of it), so a mail is repeated
once. A webhook's receiver drops what it had by its webhook-id (Standard Webhooks), so the plan of retries goes on.
"""

from datetime import datetime
from typing import Final

from services.notify.delivery.rules.retry import DELAYS, next_try
from services.notify.messages.rules import Message, Outcome, doubt

REPETITIONS: Final = 1
"""How often a message to a receiver that cannot tell a repetition is handed over again after an unknown outcome."""


def may_repeat(message: Message) -> bool:
    """Whether a further attempt may follow the one whose outcome is unknown now."""
    tells_repetitions = message.identity.endpoint_id != ""
    return message.tries <= len(DELAYS) and (tells_repetitions or message.unknown_attempts < REPETITIONS)


def after_silence(message: Message, outcome: Outcome, *, at: datetime) -> Message:
    """The attempt ended without an answer: repeated by the plan of retries, or left to a person."""
    planned = next_try(message.message_id, attempts=message.tries, at=at, retry_after=outcome.retry_after)
    return doubt(message, at=at, due_at=planned if may_repeat(message) else None, reason=outcome.reason)


def after_loss(message: Message, *, at: datetime, reason: str) -> Message:
    """The lease ran out with nothing recorded: repeated at once, or left to a person."""
    return doubt(message, at=at, due_at=at if may_repeat(message) else None, reason=reason)
