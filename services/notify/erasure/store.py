"""What is erased of a purged case: parties, addresses, words and notes."""

from typing import Final

from services.notify.messages.rules import StoredMessage
from services.notify.messages.store.rows import COLUMNS_READ, stored_message
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.of_cases import forget_customer_in_events


async def lock_open(tx: Transaction, *, org: OrgId, case_id: str) -> list[StoredMessage]:
    """The case's messages that have not ended, locked; one that is being sent just now among them."""
    return [stored_message(row) for row in await tx.rows(_OPEN, (org, case_id))]


async def erase(tx: Transaction, *, org: OrgId, case_id: str) -> None:
    """Erase parties, addresses, words and the customer in events of a case none of whose messages is open any more."""
    for statement in _ERASE:
        await tx.rows(statement, (org, case_id))
    await forget_customer_in_events(tx, org=org, case_id=case_id)


_OPEN: Final = f"""
    SELECT {COLUMNS_READ} FROM notify.message
    WHERE org_id = $1::uuid AND case_id = $2::uuid AND (due_at IS NOT NULL OR state = 'to_do')
    ORDER BY message_id FOR UPDATE
"""  # noqa: S608 (a constant)
_ERASE: Final = (
    "DELETE FROM notify.party WHERE org_id = $1::uuid AND case_id = $2::uuid",
    """UPDATE notify.message SET subject = '', body = '', address = CASE WHEN address IS NOT NULL THEN '' END
       WHERE org_id = $1::uuid AND case_id = $2::uuid""",
    """UPDATE notify.attempt a SET note = NULL FROM notify.message m
       WHERE m.org_id = $1::uuid AND m.case_id = $2::uuid AND a.org_id = m.org_id AND a.message_id = m.message_id
         AND a.note IS NOT NULL""",
    "UPDATE notify.case_view SET customer_ref = '', order_ref = NULL WHERE org_id = $1::uuid AND case_id = $2::uuid",
    # A dead letter that was not replayed may itself hold a party.
    "UPDATE dead_letter SET value = NULL WHERE org_id = $1::uuid AND key = $2::uuid::text",
)
