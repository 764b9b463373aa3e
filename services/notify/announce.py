"""What becomes of messages → published contracts; the only place that knows both. No address, no text.

A message waits for a person; has an unknown outcome and is repeated; has one and is not; fails; is sent or skipped:
each at most once and in this order, some of them never. The versions of its events are these five numbers.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from services.notify.messages.rules import Message, State, StoredMessage
from shared.contracts.envelope import Contract
from shared.contracts.notify import (
    MessageFailedV1,
    MessageOutcomeUnknownV1,
    MessageSentV1,
    MessageSkippedV1,
    MessageToDoV1,
)
from shared.platform.observability.context import current_or_none, from_stored
from shared.platform.outbox.append import Outgoing

_VERSIONS: Final[Mapping[State, int]] = {
    State.TO_DO: 1,
    State.OUTCOME_UNKNOWN: 2,
    State.FAILED: 4,
    State.SENT: 5,
    State.SKIPPED: 5,
}


def announced(
    changed: Sequence[StoredMessage], *, at: Callable[[StoredMessage], datetime] | None = None
) -> list[Outgoing]:
    """The events of those messages that wait for a person, have ended or may have; a subscription's delivery has none.

    `at` gives the organisation's instant for those that wait from now on; without it they wait since they were made.
    What no request and no event causes belongs to the trace in which the message was planned.
    """
    return [event for item in changed if not item.message.is_subscription for event in _of(item, at)]


def _of(item: StoredMessage, at: Callable[[StoredMessage], datetime] | None) -> list[Outgoing]:
    message = item.message
    contract = _contract(item)
    if contract is None:
        return []
    return [
        Outgoing(
            org=item.org,
            key=message.identity.case_id,
            aggregate="message",
            aggregate_id=message.message_id,
            version=_version(message),
            occurred_at=message.ended_at or (at(item) if at else item.created_at),
            data=contract,
            cause=None if current_or_none() else from_stored(item.traceparent),
        )
    ]


def _version(message: Message) -> int:
    is_left = message.state is State.OUTCOME_UNKNOWN and message.is_over
    return _VERSIONS[message.state] + is_left


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
            unknown = message.unknown_attempts
            return MessageSentV1(**facts, sent_at=ended_at, attempts=message.attempts, unknown_attempts=unknown)
        case State.OUTCOME_UNKNOWN:
            why = message.reason or ""
            return MessageOutcomeUnknownV1(**facts, attempts=message.attempts, reason=why, repeats_at=message.due_at)
        case State.SKIPPED:
            return MessageSkippedV1(**facts, reason=message.reason or "")
        case State.FAILED:
            return MessageFailedV1(**facts, attempts=message.attempts, reason=message.reason or "")
        case State.TO_DO if message.handler is not None:
            return MessageToDoV1(**facts, handled_by=message.handler, deliver_by=message.expires_at)
        case State.QUEUED | State.SENDING | State.TO_DO | State.SENT:
            return None
