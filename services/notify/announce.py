"""What became of a message → published contracts; the only place that knows both. No address, no text.

A message ends once, so each is announced once, as version 1 of itself.
"""

from datetime import datetime

from services.notify.messages.rules import Kept, State
from shared.contracts.envelope import Contract
from shared.contracts.notify import MessageFailedV1, MessageSentV1, MessageSkippedV1
from shared.platform.outbox.append import Outgoing


def announced(kept: Kept) -> Outgoing | None:
    """The event of a message that has ended; subscriptions to case events are nobody's news."""
    message = kept.message
    contract = _contract(kept)
    if contract is None or message.ended_at is None or message.is_subscription:
        return None
    return Outgoing(
        org=kept.org,
        key=message.identity.case_id,
        aggregate="message",
        aggregate_id=message.message_id,
        version=1,
        occurred_at=message.ended_at,
        data=contract,
    )


def _contract(kept: Kept) -> Contract | None:
    message = kept.message
    ended_at: datetime | None = message.ended_at
    facts = {
        "case_id": message.identity.case_id,
        "message_id": message.message_id,
        "rule": message.identity.rule,
        "on": message.on,
        "recipient": message.identity.recipient,
        "channel": message.identity.channel.value,
        "template": message.template,
        "locale": message.locale,
        "cite": message.cite,
    }
    match message.state:
        case State.SENT if ended_at is not None:
            return MessageSentV1(**facts, sent_at=ended_at, attempts=message.attempts)
        case State.SKIPPED:
            return MessageSkippedV1(**facts, reason=message.reason or "")
        case State.FAILED:
            return MessageFailedV1(**facts, attempts=message.attempts, reason=message.reason or "")
        case State.QUEUED | State.SENDING | State.TO_DO | State.SENT:
            return None
