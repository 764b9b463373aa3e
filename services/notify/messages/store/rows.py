"""Rows of `message` ↔ `Message`."""

from collections.abc import Sequence
from typing import Any, Final

from services.notify.messages.rules import Channel, Identity, Kept, Message, State, Words
from shared.kernel.ids import OrgId

_COLUMNS: Final = {
    "org_id": "uuid",
    "message_id": "uuid",
    "case_id": "uuid",
    "occasion": "text",
    "rule": "text",
    "recipient": "text",
    "channel": "text",
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
}


_NAMES: Final = ", ".join(_COLUMNS)


COLUMNS_READ: Final = (
    _NAMES.replace("_id,", "_id::text,").replace("endpoint_id::text", "endpoint_id") + ", attempted_at"
)
"""What `kept` wants of a row, in this order."""


def kept(row: Sequence[Any]) -> Kept:
    """A row of `COLUMNS_READ`."""
    org, message_id, case_id, occasion, rule, recipient, channel, step, endpoint_id, *rest = row
    on, template, template_version, locale, cite, fallback, address, *rest = rest
    subject, body, sender_name, sender_email, is_rechecked, state, attempts, *rest = rest
    is_simulated, created_at, due_at, expires_at, ended_at, reason, handler, _ = rest
    message = Message(
        message_id=message_id,
        identity=Identity(
            case_id=case_id,
            occasion=occasion,
            rule=rule,
            recipient=recipient,
            channel=Channel(channel),
            step=step,
            endpoint_id=endpoint_id,
        ),
        on=on,
        template=template,
        template_version=template_version,
        locale=locale,
        cite=cite,
        fallback=tuple(Channel(name) for name in fallback),
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
    )
    return Kept(org=OrgId(org), is_simulated=is_simulated, created_at=created_at, message=message)


def _values(item: Kept) -> tuple[object, ...]:
    """The values of a row, in the order of `_COLUMNS`."""
    message, identity, words = item.message, item.message.identity, item.message.words
    return (
        *(item.org, message.message_id, identity.case_id, identity.occasion, identity.rule, identity.recipient),
        *(identity.channel.value, identity.step, identity.endpoint_id, message.on, message.template),
        *(message.template_version, message.locale, message.cite, ",".join(message.fallback), message.address),
        *(words.subject, words.body, words.sender_name, words.sender_email, message.is_rechecked),
        *(message.state.value, message.attempts, item.is_simulated, item.created_at, message.due_at),
        *(message.expires_at, message.ended_at, message.reason, message.handler),
    )
