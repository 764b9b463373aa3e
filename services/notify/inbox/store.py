"""Messages that need no sender: those to an inbox and those that a person delivers."""

from collections.abc import Sequence
from typing import Final

from services.notify.messages.rules import Kept
from services.notify.messages.store.queries import ShownMessage, list_shown
from services.notify.messages.store.rows import COLUMNS_READ, kept
from services.notify.messages.store.tables import MESSAGE
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


async def waiting(tx: Transaction, *, limit: int) -> list[Kept]:
    """Up to `limit` messages whose hours have come and that need no sender, locked."""
    return [kept(row) for row in await tx.rows(_WAITING, (limit,))]


_WAITING: Final = f"""
    WITH due AS (
        SELECT * FROM notify.message
        WHERE channel IN ('internal', 'fax', 'phone', 'letter') AND state = 'queued' AND NOT is_simulated
          AND due_at <= clock_timestamp()
        ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
    ), due_simulated AS (
        SELECT message.* FROM notify.message JOIN notify.organisation USING (org_id)
        WHERE channel IN ('internal', 'fax', 'phone', 'letter') AND state = 'queued' AND is_simulated
          AND due_at <= simulated_now
        ORDER BY due_at LIMIT $1 FOR UPDATE OF message SKIP LOCKED
    )
    SELECT {COLUMNS_READ} FROM (SELECT * FROM due UNION ALL SELECT * FROM due_simulated LIMIT $1) AS found
"""  # noqa: S608 (constants of this file)


async def inbox(
    tx: Transaction, org: OrgId, *, addresses: Sequence[str], limit: int, after: str | None
) -> list[ShownMessage]:
    """The internal messages to any of `addresses`, oldest first."""
    return await list_shown(
        tx,
        org,
        MESSAGE.c.address.in_(addresses),
        MESSAGE.c.channel == "internal",
        MESSAGE.c.state == "sent",
        limit=limit,
        after=after,
    )


async def messages_in(
    tx: Transaction, org: OrgId, *, state: str, handlers: Sequence[str] | None, limit: int, after: str | None
) -> list[ShownMessage]:
    """Messages in `state`, oldest first; only those that one of `handlers` delivers, when they are given."""
    of_handlers = [] if handlers is None else [MESSAGE.c.handler.in_(handlers)]
    return await list_shown(tx, org, MESSAGE.c.state == state, *of_handlers, limit=limit, after=after)
