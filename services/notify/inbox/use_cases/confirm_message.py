"""Somebody says what became of a message that he had to deliver by hand."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from services.notify.announce import announced
from services.notify.delivery.use_cases.surroundings import surroundings
from services.notify.inbox.rules import HandlerRequired, addresses_of
from services.notify.messages.rules import (
    NOT_DELIVERED,
    Attempt,
    Kept,
    Message,
    MessageNotFound,
    Outcome,
    State,
    Verdict,
    done,
    skip,
)
from services.notify.messages.store.changes import find_for_update, log_attempts, settle
from services.notify.planning.use_cases.fall_back import fall_back
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.append import append

_DELIVERED: Final = Outcome(verdict=Verdict.DELIVERED, code=None, reason="by_hand")
_NOT_DELIVERED: Final = Outcome(verdict=Verdict.PERMANENT, code=None, reason=NOT_DELIVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmMessage:
    """Which message, whether it reached the recipient, and what there is to say of it."""

    message_id: str
    delivered: bool
    note: str | None


async def confirm_message(tx: Transaction, cmd: ConfirmMessage, *, caller: Caller, now: datetime) -> None:
    """Take the word of who was to deliver it. What is no longer true, or too late, is skipped; his word is kept.

    Raises MessageNotFound, HandlerRequired or IllegalMessageTransition.
    """
    item = await find_for_update(tx, caller.org, cmd.message_id)
    if item is None:
        raise MessageNotFound
    _require_handler(item.message, caller)
    after = done(item.message, delivered=cmd.delivered, at=now)
    reason = (await surroundings(tx, [item])).objection(item)
    if reason is not None:
        after = replace(skip(item.message, at=now, reason=reason), attempts=after.attempts)
    confirmed = replace(item, message=after)
    await log_attempts(tx, [(confirmed, _attempt(confirmed, cmd, caller=caller, now=now))])
    await settle(tx, [confirmed], token=None)
    await append(tx, [event for event in (announced(confirmed),) if event is not None])
    if after.state is State.FAILED:
        await fall_back(tx, confirmed)


def _require_handler(message: Message, caller: Caller) -> None:
    if message.handler is not None and message.handler not in addresses_of(caller.subject, caller.roles):
        raise HandlerRequired(cite=message.cite, fields={"handled_by": message.handler})


def _attempt(item: Kept, cmd: ConfirmMessage, *, caller: Caller, now: datetime) -> Attempt:
    return Attempt(
        number=item.message.attempts,
        started_at=now,
        ended_at=now,
        outcome=_DELIVERED if cmd.delivered else _NOT_DELIVERED,
        subject=caller.subject,
        note=cmd.note,
    )
