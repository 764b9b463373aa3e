"""Store new messages, log those that are told at once, and announce those that have ended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.notify.announce import announced
from services.notify.messages.rules import TOLD_IN_INBOX, Attempt, Message, State, StoredMessage
from services.notify.messages.store.changes import insert_new, log_attempts
from services.notify.planning.store import CaseContext
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.observability.context import Context, current_traceparent
from shared.platform.outbox.of_cases import append_of_cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Messages of one case, made at one instant; `cause` is the context of their events, the current one if None."""

    org: OrgId
    context: CaseContext
    messages: Sequence[Message]
    cause: Context | None = None


async def store_messages(tx: Transaction, planned: Sequence[Planned]) -> None:
    """Store the messages; those that exist already (the event came before) stay as they are."""
    made = {message.message_id: plan for plan in planned for message in plan.messages}
    new = await insert_new(tx, [_stored(message, plan) for plan in planned for message in plan.messages])
    told = [item for item in new if item.message.state is State.SENT]
    await log_attempts(tx, [(item, _at_once(item)) for item in told])
    events = [replace(event, cause=made[item.message.message_id].cause) for item in new for event in announced([item])]
    await append_of_cases(tx, events)


def _stored(message: Message, plan: Planned) -> StoredMessage:
    context = plan.context
    return StoredMessage(
        org=plan.org,
        is_simulated=context.is_simulated,
        created_at=context.now,
        message=message,
        traceparent=plan.cause.traceparent if plan.cause else current_traceparent(),
    )


def _at_once(item: StoredMessage) -> Attempt:
    return Attempt(number=1, started_at=item.created_at, ended_at=item.created_at, outcome=TOLD_IN_INBOX)
