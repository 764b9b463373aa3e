"""Messages that need no sender: those to an inbox and those that a person delivers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.notify.messages.rules import State, StoredMessage
from services.notify.messages.store.queries import ShownMessage, in_state, list_shown
from services.notify.messages.store.rows import COLUMNS_READ, stored_message
from services.notify.messages.store.tables import MESSAGE
from shared.kernel.ids import OrgId
from shared.packs.notify.model.channels import Delivery
from shared.platform.db.transaction import Transaction


async def lock_waiting(tx: Transaction, *, limit: int) -> list[StoredMessage]:
    """Up to `limit` messages whose hours have come and that need no sender, locked."""
    return [stored_message(row) for row in await tx.rows(_WAITING, (limit,))]


_WAITING: Final = f"""
    WITH due AS (
        SELECT * FROM notify.message
        WHERE delivery <> 'provider' AND state = 'queued' AND NOT is_simulated
          AND due_at <= clock_timestamp()
        ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
    ), due_simulated AS (
        SELECT message.* FROM notify.message JOIN notify.organisation USING (org_id)
        WHERE delivery <> 'provider' AND state = 'queued' AND is_simulated
          AND due_at <= simulated_now
        ORDER BY due_at LIMIT $1 FOR UPDATE OF message SKIP LOCKED
    )
    SELECT {COLUMNS_READ} FROM (SELECT * FROM due UNION ALL SELECT * FROM due_simulated LIMIT $1) AS found
"""  # noqa: S608 (constants of this file)


UNTIL_HOURS: Final = """
    SELECT extract(epoch FROM least(
        (SELECT min(due_at) FROM notify.message
         WHERE delivery <> 'provider' AND state = 'queued' AND NOT is_simulated),
        (SELECT clock_timestamp() WHERE EXISTS (
            SELECT FROM notify.message JOIN notify.organisation USING (org_id)
            WHERE delivery <> 'provider' AND state = 'queued' AND is_simulated AND due_at <= simulated_now))
    ) - clock_timestamp())::float8
"""
"""Seconds until the hours of a message that needs no sender come."""


async def list_inbox(
    tx: Transaction, *, org: OrgId, addresses: Sequence[str], limit: int, after: str | None
) -> list[ShownMessage]:
    """The messages told in the inbox of any of `addresses`, oldest first."""
    return await list_shown(
        tx,
        MESSAGE.c.address.in_(addresses),
        MESSAGE.c.delivery == Delivery.INBOX.value,
        MESSAGE.c.state == State.SENT.value,
        org=org,
        limit=limit,
        after=after,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """Which messages of the rules a list shows; None shows all. `handlers` are those who deliver by hand."""

    state: str = State.TO_DO.value
    handlers: Sequence[str] | None = None
    channel: str | None = None
    recipient: str | None = None
    reason: str | None = None


async def list_in_state(
    tx: Transaction, chosen: MessageFilter, *, org: OrgId, limit: int, after: str | None
) -> list[ShownMessage]:
    """Messages of the rules in a state, oldest first, beyond `after`."""
    wanted = [in_state(chosen.state), MESSAGE.c.rule != ""]
    if chosen.handlers is not None:
        wanted.append(MESSAGE.c.handler.in_(chosen.handlers))
    stated = {name: getattr(chosen, name) for name in ("channel", "recipient", "reason")}
    wanted += [MESSAGE.c[name] == value for name, value in stated.items() if value is not None]
    return await list_shown(tx, *wanted, org=org, limit=limit, after=after)
