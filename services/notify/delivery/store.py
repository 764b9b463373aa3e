"""Claims: a message is sent under a lease, and ended or put back under the same lease.

A result changes a message only while its lease token is still on the row, so a slow sender cannot
overwrite the one that took over.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from services.notify.messages.rules import State, StoredMessage
from services.notify.messages.store.rows import COLUMNS_READ, stored_message
from services.notify.messages.store.tables import MESSAGE, OUTCOME_UNKNOWN
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction

LEASE_SECONDS: Final = 60
_WAITS: Final = "state IN ('queued', 'outcome_unknown')"


async def claimable(
    tx: Transaction, *, channel: str, limit: int, busy: Sequence[str]
) -> list[tuple[StoredMessage, datetime | None]]:
    """Up to `limit` messages that are due or were abandoned, locked; each with when its last attempt began.

    Those to an endpoint in `busy` are left for later.
    """
    rows = await tx.rows(_CLAIMABLE, (channel, list(busy), limit))
    return [(stored_message(row), row[-1]) for row in rows]


_CLAIMABLE: Final = f"""
    WITH due AS (
        SELECT * FROM notify.message
        WHERE channel = $1 AND {_WAITS} AND NOT is_simulated AND due_at <= clock_timestamp()
          AND endpoint_id <> ALL($2::text[])
        ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
    ), due_simulated AS (
        SELECT message.* FROM notify.message JOIN notify.organisation USING (org_id)
        WHERE channel = $1 AND {_WAITS} AND is_simulated AND due_at <= simulated_now
          AND endpoint_id <> ALL($2::text[])
        ORDER BY due_at LIMIT $3 FOR UPDATE OF message SKIP LOCKED
    ), abandoned AS (
        SELECT * FROM notify.message
        WHERE channel = $1 AND state = 'sending' AND leased_until < clock_timestamp()
          AND endpoint_id <> ALL($2::text[])
        ORDER BY leased_until LIMIT $3 FOR UPDATE SKIP LOCKED
    )
    SELECT {COLUMNS_READ} FROM (
        SELECT * FROM due UNION ALL SELECT * FROM due_simulated UNION ALL SELECT * FROM abandoned LIMIT $3
    ) AS found
"""  # noqa: S608 (constants of this file)


def until_claimable(channel: str) -> str:
    """A statement that gives the seconds until a claim might find something."""
    of_channel = f"channel = '{channel}'"
    return f"""
        SELECT extract(epoch FROM least(
            (SELECT min(due_at) FROM notify.message WHERE {of_channel} AND {_WAITS} AND NOT is_simulated),
            (SELECT clock_timestamp() WHERE EXISTS (
                SELECT FROM notify.message JOIN notify.organisation USING (org_id)
                WHERE {of_channel} AND {_WAITS} AND is_simulated AND due_at <= simulated_now)),
            (SELECT min(leased_until) FROM notify.message WHERE {of_channel} AND state = 'sending')
        ) - clock_timestamp())::float8
    """  # noqa: S608 (the names of channels are the registry's)


async def lease(tx: Transaction, claimed: Sequence[tuple[StoredMessage, datetime]], *, token: str) -> None:
    """Store claims: the lease and when each attempt begins."""
    if not claimed:
        return
    parameters = (
        [item.org for item, _ in claimed],
        [item.message.message_id for item, _ in claimed],
        [item.message.attempts for item, _ in claimed],
        [at for _, at in claimed],
        token,
    )
    await tx.rows(_LEASE, parameters)


_LEASE: Final = f"""
    UPDATE notify.message m
    SET state = 'sending', attempts = c.attempts, attempted_at = c.at, lease_token = $5::uuid,
        leased_until = clock_timestamp() + interval '{LEASE_SECONDS} seconds'
    FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::timestamptz[]) AS c(org_id, message_id, attempts, at)
    WHERE m.org_id = c.org_id AND m.message_id = c.message_id
"""  # noqa: S608 (a constant of this file)


async def pending(tx: Transaction, org: OrgId, now: datetime) -> tuple[dict[str, int], datetime | None]:
    """How many messages are due or in flight by channel, and when the next later one becomes due.

    A message that waits for a person is neither: no job moves it.
    """
    is_due = (MESSAGE.c.state == State.SENDING.value) | (MESSAGE.c.due_at <= now)
    statement = (
        select(
            MESSAGE.c.channel,
            func.count().filter(is_due).label("due"),
            func.min(MESSAGE.c.due_at).filter(~is_due).label("next_due_at"),
        )
        .where(MESSAGE.c.org_id == org, MESSAGE.c.due_at.is_not(None))
        .group_by(MESSAGE.c.channel)
    )
    rows = (await tx.execute(statement)).all()
    later = [row.next_due_at for row in rows if row.next_due_at is not None]
    return {f"message.{row.channel}": row.due for row in rows if row.due}, min(later, default=None)


async def count_unknown(tx: Transaction) -> tuple[int, int]:
    """How many messages of unknown outcome are handed over once more, and how many wait for a person."""
    [(repeated, left)] = await tx.rows(_COUNT_UNKNOWN, ())
    return repeated, left


_COUNT_UNKNOWN: Final = f"""
    SELECT count(*) FILTER (WHERE due_at IS NOT NULL), count(*) FILTER (WHERE due_at IS NULL) FROM notify.message
    WHERE {OUTCOME_UNKNOWN}
"""  # noqa: S608 (a constant)


async def count_due(tx: Transaction) -> dict[str, tuple[int, float]]:
    """By channel how many messages are due on real time and not handed over, and for how many seconds the first is."""
    return {channel: (due, seconds) for channel, due, seconds in await tx.rows(_COUNT_DUE)}


_COUNT_DUE: Final = f"""
    SELECT channel, count(*), extract(epoch FROM clock_timestamp() - min(due_at))::float8 FROM notify.message
    WHERE {_WAITS} AND NOT is_simulated AND due_at <= clock_timestamp() AND delivery = 'provider' GROUP BY channel
"""  # noqa: S608 (a constant of this file)


async def simulated_instants(tx: Transaction, orgs: set[OrgId]) -> dict[OrgId, datetime]:
    """The instants of those organisations that live on a clock of their own."""
    if not orgs:
        return {}
    rows = await tx.rows(_INSTANTS, (list(orgs),))
    return {OrgId(row[0]): row[1] for row in rows}


_INSTANTS: Final = """
    SELECT org_id::text, simulated_now FROM notify.organisation
    WHERE org_id = ANY($1::uuid[]) AND simulated_now IS NOT NULL
"""
