"""Store new messages, log those that are told at once, and announce those that have ended."""

from collections.abc import Sequence

from services.notify.announce import announced
from services.notify.messages.rules import TOLD_IN_INBOX, Attempt, Message, State, StoredMessage
from services.notify.messages.store.changes import insert_new, log_attempts
from services.notify.planning.store import CaseContext
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.of_cases import append_of_cases


async def store_messages(
    tx: Transaction, messages: Sequence[Message], *, org: OrgId, context: CaseContext
) -> list[StoredMessage]:
    """Store the messages; those that exist already (the event came before) stay as they are. Returns the new ones."""
    at = context.now
    new = await insert_new(
        tx,
        [
            StoredMessage(org=org, is_simulated=context.is_simulated, created_at=at, message=message)
            for message in messages
        ],
    )
    attempt = Attempt(number=1, started_at=at, ended_at=at, outcome=TOLD_IN_INBOX)
    await log_attempts(tx, [(item, attempt) for item in new if item.message.state is State.SENT])
    await append_of_cases(tx, announced(new))
    return new
