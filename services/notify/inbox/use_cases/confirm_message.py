"""A person confirms what became of a message delivered by hand, that had failed, or whose outcome was unknown."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from services.notify.announce import announced
from services.notify.delivery.use_cases.load_delivery_context import load_delivery_context
from services.notify.inbox.rules import HandlerRequired, addresses_of
from services.notify.messages.rules import (
    NOT_DELIVERED,
    Attempt,
    Message,
    Outcome,
    State,
    StoredMessage,
    Verdict,
    done,
    skip,
)
from services.notify.messages.store.changes import lock_message, log_attempts, settle
from services.notify.planning.store import get_case_context
from services.notify.planning.use_cases.fall_back import fall_back
from services.notify.planning.use_cases.load_recipients import load_recipients
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.of_cases import append_of_cases

_DELIVERED: Final = Outcome(verdict=Verdict.DELIVERED, code=None, reason="by_hand")
_NOT_DELIVERED: Final = Outcome(verdict=Verdict.PERMANENT, code=None, reason=NOT_DELIVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmMessage:
    """Which message, whether it reached the recipient, a note, and who confirms."""

    org: OrgId
    message_id: str
    delivered: bool
    note: str | None
    actor: Actor


async def confirm_message(tx: Transaction, cmd: ConfirmMessage, *, now: datetime) -> None:
    """Record the confirmation. A message that is no longer true, or too late, is skipped; the attempt stays recorded.

    One of unknown outcome is sent or failed by what the person found; where it is out of date no other channel follows.
    Raises MessageNotFound, HandlerRequired or IllegalMessageTransition. `now` is the organisation's instant.
    """
    item = await lock_message(tx, org=cmd.org, message_id=cmd.message_id)
    _require_handler(item.message, cmd.actor, handler=item.message.handler or await _who_tells(tx, item))
    after = done(item.message, delivered=cmd.delivered, at=now)
    context = await load_delivery_context(tx, [item], now=now)
    reason = context.objection(item)
    if reason is not None and item.message.state is not State.OUTCOME_UNKNOWN:
        after = replace(skip(item.message, at=now, reason=reason), attempts=after.attempts)
    confirmed = replace(item, message=after)
    await log_attempts(tx, [(confirmed, _attempt(confirmed, cmd, now=now))])
    await settle(tx, [confirmed], token=None)
    await append_of_cases(tx, announced([confirmed]))
    if after.state is State.FAILED and reason is None:
        await fall_back(tx, confirmed)


async def _who_tells(tx: Transaction, item: StoredMessage) -> str | None:
    """Whom the pack names for a message that no person was to deliver and that has failed, or may have arrived."""
    message = item.message
    if message.state not in (State.FAILED, State.OUTCOME_UNKNOWN) or message.is_subscription:
        return None
    context = await get_case_context(tx, org=item.org, case_id=message.identity.case_id)
    recipients, policy = await load_recipients(tx, context, org=item.org)
    rule = policy.notify.rule(message.identity.rule)
    return f"role:{context.case.owner}" if rule is None else recipients.handler(rule)


def _require_handler(message: Message, actor: Actor, *, handler: str | None) -> None:
    if handler is not None and handler not in addresses_of(actor.subject, actor.roles):
        raise HandlerRequired(cite=message.cite, fields={"handled_by": handler})


def _attempt(item: StoredMessage, cmd: ConfirmMessage, *, now: datetime) -> Attempt:
    return Attempt(
        number=item.message.attempts,
        started_at=now,
        ended_at=now,
        outcome=_DELIVERED if cmd.delivered else _NOT_DELIVERED,
        subject=cmd.actor.subject,
        note=cmd.note,
    )
