"""Messages that have ended → published contracts; the only place that knows both. No address, no text.

A message ends once, so each is announced once, as version 1 of itself.
"""

from collections.abc import Sequence

from services.notify.messages.rules import State, StoredMessage
from shared.contracts.envelope import Contract
from shared.contracts.notify import MessageFailedV1, MessageSentV1, MessageSkippedV1
from shared.platform.outbox.append import Outgoing


def announced(changed: Sequence[StoredMessage]) -> list[Outgoing]:
    """The events of those messages that have ended; a delivery to a webhook subscription is not announced."""
    return [event for item in changed if not item.message.is_subscription for event in _of(item)]


def _of(item: StoredMessage) -> list[Outgoing]:
    message = item.message
    contract = _contract(item)
    if contract is None or message.ended_at is None:
        return []
    return [
        Outgoing(
            org=item.org,
            key=message.identity.case_id,
            aggregate="message",
            aggregate_id=message.message_id,
            version=1,
            occurred_at=message.ended_at,
            data=contract,
        )
    ]


def _contract(item: StoredMessage) -> Contract | None:
    message, ended_at = item.message, item.message.ended_at
    facts = {
        "case_id": message.identity.case_id,
        "message_id": message.message_id,
        "rule": message.identity.rule,
        "on": message.on,
        "recipient": message.identity.recipient,
        "channel": message.identity.channel,
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
