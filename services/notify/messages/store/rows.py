"""Rows of `message` ↔ `Message`."""

from collections.abc import Sequence
from typing import Any, Final

from services.notify.messages.rules import Identity, Message, State, StoredMessage, Words
from shared.kernel.ids import OrgId
from shared.packs.notify.model.channels import Delivery

COLUMN_TYPES: Final = {
    "org_id": "uuid",
    "message_id": "uuid",
    "case_id": "uuid",
    "occasion": "text",
    "rule": "text",
    "recipient": "text",
    "channel": "text",
    "delivery": "text",
    "step": "smallint",
    "endpoint_id": "text",
    "on_event": "text",
    "template": "text",
    "template_version": "integer",
    "locale": "text",
    "cite": "text",
    "fallback": "text",
    "address": "text",
    "subject": "text",
    "body": "text",
    "sender_name": "text",
    "sender_email": "text",
    "is_rechecked": "boolean",
    "state": "text",
    "attempts": "smallint",
    "is_simulated": "boolean",
    "created_at": "timestamptz",
    "due_at": "timestamptz",
    "expires_at": "timestamptz",
    "ended_at": "timestamptz",
    "reason": "text",
    "handler": "text",
    "tries_before": "smallint",
    "unknown_attempts": "smallint",
    "traceparent": "text",
}


COLUMN_NAMES: Final = ", ".join(COLUMN_TYPES)


COLUMNS_READ: Final = (
    COLUMN_NAMES.replace("_id,", "_id::text,").replace("endpoint_id::text", "endpoint_id") + ", attempted_at"
)
"""What `stored_message` reads of a row, in this order."""


def stored_message(row: Sequence[Any]) -> StoredMessage:
    """A row of `COLUMNS_READ`."""
    org, message_id, case_id, occasion, rule, recipient, channel, delivery, step, endpoint_id, *rest = row
    on, template, template_version, locale, cite, fallback, address, *rest = rest
    subject, body, sender_name, sender_email, is_rechecked, state, attempts, *rest = rest
    is_simulated, created_at, due_at, expires_at, ended_at, reason, handler, *rest = rest
    tries_before, unknown_attempts, traceparent, _ = rest
    message = Message(
        message_id=message_id,
        identity=Identity(
            case_id=case_id,
            occasion=occasion,
            rule=rule,
            recipient=recipient,
            channel=channel,
            step=step,
            endpoint_id=endpoint_id,
        ),
        delivery=Delivery(delivery),
        on=on,
        template=template,
        template_version=template_version,
        locale=locale,
        cite=cite,
        fallback=tuple(fallback),
        address=address,
        words=Words(subject=subject, body=body, sender_name=sender_name, sender_email=sender_email),
        is_rechecked=is_rechecked,
        state=State(state),
        attempts=attempts,
        due_at=due_at,
        expires_at=expires_at,
        ended_at=ended_at,
        reason=reason,
        handler=handler,
        tries_before=tries_before,
        unknown_attempts=unknown_attempts,
    )
    return StoredMessage(
        org=OrgId(org), is_simulated=is_simulated, created_at=created_at, message=message, traceparent=traceparent
    )


def row_values(item: StoredMessage) -> tuple[object, ...]:
    """The values of a row, in the order of `COLUMN_TYPES`."""
    message, identity, words = item.message, item.message.identity, item.message.words
    return (
        *(item.org, message.message_id, identity.case_id, identity.occasion, identity.rule, identity.recipient),
        *(identity.channel, message.delivery.value, identity.step, identity.endpoint_id, message.on, message.template),
        *(message.template_version, message.locale, message.cite, ",".join(message.fallback), message.address),
        *(words.subject, words.body, words.sender_name, words.sender_email, message.is_rechecked),
        *(message.state.value, message.attempts, item.is_simulated, item.created_at, message.due_at),
        *(message.expires_at, message.ended_at, message.reason, message.handler, message.tries_before),
        *(message.unknown_attempts, item.traceparent),
    )
