"""The hours of messages begin that need no sender: an inbox is told, a message by hand becomes a to-do."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from services.notify.announce import announced
from services.notify.delivery.rules.delivery_context import DeliveryContext
from services.notify.delivery.use_cases.load_delivery_context import load_delivery_context
from services.notify.inbox.store import lock_waiting
from services.notify.messages.rules import (
    TOLD_IN_INBOX,
    Attempt,
    Message,
    State,
    StoredMessage,
    claim,
    hand_over,
    postpone,
    sent,
    skip,
)
from services.notify.messages.store.changes import log_attempts, settle
from shared.packs.notify.model.channels import Delivery
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.of_cases import append_of_cases

BATCH: Final = 64


async def begin_hours(tx: Transaction, *, now: datetime) -> int:
    """Judge one batch once more against its cases; how many moved. `now` is real time."""
    found = await lock_waiting(tx, limit=BATCH)
    if not found:
        return 0
    context = await load_delivery_context(tx, found, now=now)
    moved = await settle(tx, [replace(item, message=_moved(item, context)) for item in found], token=None)
    told = [item for item in moved if item.message.state is State.SENT]
    await log_attempts(tx, [(item, _in_inbox(item, context)) for item in told])
    await append_of_cases(tx, announced(moved, at=context.at))
    return len(moved)


def _moved(item: StoredMessage, context: DeliveryContext) -> Message:
    message, at = item.message, context.at(item)
    reason = context.objection(item)
    if reason is not None:
        return skip(message, at=at, reason=reason)
    due_at = context.next_open(item)
    if due_at != at:
        return postpone(message, due_at=due_at)
    return hand_over(message) if message.delivery is Delivery.BY_HAND else sent(claim(message), at=at)


def _in_inbox(item: StoredMessage, context: DeliveryContext) -> Attempt:
    at = context.at(item)
    return Attempt(number=item.message.attempts, started_at=at, ended_at=at, outcome=TOLD_IN_INBOX)
