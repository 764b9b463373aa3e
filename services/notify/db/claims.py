"""Who sends a message: claimed under a lease, ended or put back under the same lease.

A result changes a message only while its lease token is still on the row, so a slow sender cannot
overwrite the one that took over.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.notify.db.messages import COLUMNS_READ, Kept, kept
from services.notify.domain.message import Channel
from shared.platform.db.transaction import Transaction

LEASE_SECONDS: Final = 60


async def claimable(
    tx: Transaction, *, channel: Channel, limit: int, busy: Sequence[str]
) -> list[tuple[Kept, datetime | None]]:
    """Up to `limit` messages that are due or were abandoned, locked; each with when its last attempt began.

    Those to an endpoint in `busy` are left for later.
    """
    rows = await tx.rows(_CLAIMABLE, (channel.value, list(busy), limit))
    return [(kept(row), row[-1]) for row in rows]


_CLAIMABLE: Final = f"""
    WITH due AS (
        SELECT * FROM notify.message
        WHERE channel = $1 AND state = 'queued' AND NOT is_simulated AND due_at <= clock_timestamp()
          AND endpoint_id <> ALL($2::text[])
        ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
    ), due_simulated AS (
        SELECT message.* FROM notify.message JOIN notify.organisation USING (org_id)
        WHERE channel = $1 AND state = 'queued' AND is_simulated AND due_at <= simulated_now
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


async def is_anything_claimable(tx: Transaction, *, channel: Channel) -> bool:
    """Whether a claim might find something; one cheap statement, for senders that have nothing to do."""
    rows = await tx.rows(_IS_ANYTHING_CLAIMABLE, (channel.value,))
    return bool(rows[0][0])


_IS_ANYTHING_CLAIMABLE: Final = """
    SELECT EXISTS (SELECT FROM notify.message
                   WHERE channel = $1 AND state = 'queued' AND NOT is_simulated AND due_at <= clock_timestamp())
        OR EXISTS (SELECT FROM notify.message JOIN notify.organisation USING (org_id)
                   WHERE channel = $1 AND state = 'queued' AND is_simulated AND due_at <= simulated_now)
        OR EXISTS (SELECT FROM notify.message
                   WHERE channel = $1 AND state = 'sending' AND leased_until < clock_timestamp())
"""


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


async def lease(tx: Transaction, claimed: Sequence[tuple[Kept, datetime]], *, token: str) -> None:
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


async def settle(tx: Transaction, settled: Sequence[Kept], *, token: str | None) -> list[Kept]:
    """Store what became of messages held under `token` (None: locked in this transaction).

    Returns those that were still ours; a sender whose lease ran out changes nothing.
    """
    if not settled:
        return []
    parameters = (
        [item.org for item in settled],
        [item.message.message_id for item in settled],
        [item.message.state.value for item in settled],
        [item.message.attempts for item in settled],
        [item.message.due_at for item in settled],
        [item.message.ended_at for item in settled],
        [item.message.reason for item in settled],
        token,
    )
    ours = {str(message_id) for (message_id,) in await tx.rows(_SETTLE, parameters)}
    return [item for item in settled if item.message.message_id in ours]


_SETTLE: Final = """
    UPDATE notify.message m
    SET state = s.state, attempts = s.attempts, due_at = s.due_at, ended_at = s.ended_at, reason = s.reason,
        lease_token = NULL, leased_until = NULL
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::timestamptz[], $6::timestamptz[], $7::text[])
        AS s(org_id, message_id, state, attempts, due_at, ended_at, reason)
    WHERE m.org_id = s.org_id AND m.message_id = s.message_id AND ($8::uuid IS NULL OR m.lease_token = $8::uuid)
    RETURNING m.message_id
"""
