"""The hours of messages have come that need no sender: those to an inbox are told, those by hand become to-dos."""

from dataclasses import replace
from typing import Final

from services.notify.announce import announced
from services.notify.delivery.use_cases.surroundings import Surroundings, surroundings
from services.notify.inbox.store import waiting
from services.notify.messages.rules import Attempt, Kept, Message, State, claim, hand_over, postpone, sent, skip
from services.notify.messages.store.changes import log_attempts, settle
from services.notify.planning.use_cases.tell import INBOX
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import append

BATCH: Final = 64


async def begin_hours(tx: Transaction) -> int:
    """Judge each once more against its case; how many moved."""
    found = await waiting(tx, limit=BATCH)
    if not found:
        return 0
    around = await surroundings(tx, found)
    moved = await settle(tx, [replace(item, message=_moved(item, around)) for item in found], token=None)
    told = [item for item in moved if item.message.state is State.SENT]
    await log_attempts(tx, [(item, _inbox(item, around)) for item in told])
    await append(tx, [event for item in moved if (event := announced(item)) is not None])
    return len(moved)


def _moved(item: Kept, around: Surroundings) -> Message:
    message, at = item.message, around.at(item)
    reason = around.objection(item)
    if reason is not None:
        return skip(message, at=at, reason=reason)
    due_at = around.next_open(item)
    if due_at != at:
        return postpone(message, due_at=due_at)
    return hand_over(message) if message.identity.channel.is_by_hand else sent(claim(message), at=at)


def _inbox(item: Kept, around: Surroundings) -> Attempt:
    at = around.at(item)
    return Attempt(number=item.message.attempts, started_at=at, ended_at=at, outcome=INBOX)
