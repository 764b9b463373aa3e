"""Messages: insert once per identity, claim under a lease, record what came of it.

Rows ↔ domain in this file only. A result changes a message only while its lease token is still on the
row, so a slow sender cannot overwrite the one that took over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from services.notify.db.tables import ATTEMPT, KERNEL, MESSAGE
from services.notify.domain.message import Channel, Identity, Message, State, Words
from services.notify.domain.retry import Outcome
from shared.db.transaction import Transaction
from shared.ids import OrgId

LEASE_SECONDS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A message as it is stored: whose it is, on which clock, when it was made."""

    org: OrgId
    is_simulated: bool
    created_at: datetime
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a message."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome


async def insert_new(tx: Transaction, kept: Sequence[Kept]) -> list[Kept]:
    """Those of `kept` that did not exist yet (by identity), stored."""
    if not kept:
        return []
    statement = insert(MESSAGE).on_conflict_do_nothing(constraint="uq_message_identity").returning(MESSAGE.c.message_id)
    result = await tx.execute(statement.values([_row(item) for item in kept]))
    stored = set(result.scalars())
    return [item for item in kept if item.message.message_id in stored]


_CLAIMABLE: Final = text("""
    WITH due AS (
        SELECT * FROM notify.message
        WHERE channel = :channel AND state = 'queued' AND NOT is_simulated AND due_at <= clock_timestamp()
          AND endpoint_id <> ALL(:busy)
        ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ), due_simulated AS (
        SELECT message.* FROM notify.message JOIN notify.organisation USING (org_id)
        WHERE channel = :channel AND state = 'queued' AND is_simulated AND due_at <= simulated_now
          AND endpoint_id <> ALL(:busy)
        ORDER BY due_at LIMIT :limit FOR UPDATE OF message SKIP LOCKED
    ), abandoned AS (
        SELECT * FROM notify.message
        WHERE channel = :channel AND state = 'sending' AND leased_until < clock_timestamp()
          AND endpoint_id <> ALL(:busy)
        ORDER BY leased_until LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    SELECT * FROM due UNION ALL SELECT * FROM due_simulated UNION ALL SELECT * FROM abandoned LIMIT :limit
""").columns(*MESSAGE.c)


async def claimable(
    tx: Transaction, *, channel: Channel, limit: int, busy: Sequence[str]
) -> list[tuple[Kept, datetime | None]]:
    """Up to `limit` messages that are due or were abandoned, locked; each with when its last attempt began.

    Those to an endpoint in `busy` are left for later.
    """
    rows = await tx.execute(_CLAIMABLE, {"channel": channel.value, "limit": limit, "busy": list(busy)})
    return [(kept(row), row.attempted_at) for row in rows]


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
    await tx.conn.exec_driver_sql(_LEASE, parameters)


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
    result = await tx.conn.exec_driver_sql(_SETTLE, parameters)
    ours = {str(message_id) for message_id in result.scalars()}
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


async def log_attempts(tx: Transaction, attempts: Sequence[tuple[Kept, Attempt]]) -> None:
    """Store attempts; a result that arrives after the lease ran out replaces the `unknown` written for it."""
    if not attempts:
        return
    statement = insert(ATTEMPT).values(
        [
            {
                "org_id": item.org,
                "message_id": item.message.message_id,
                "number": attempt.number,
                "started_at": attempt.started_at,
                "ended_at": attempt.ended_at,
                "verdict": attempt.outcome.verdict.value,
                "code": attempt.outcome.code,
                "reason": attempt.outcome.reason,
            }
            for item, attempt in attempts
        ]
    )
    newer = {name: statement.excluded[name] for name in ("ended_at", "verdict", "code", "reason")}
    await tx.execute(statement.on_conflict_do_update(constraint="pk_attempt", set_=newer))


async def hurry(tx: Transaction, org: OrgId, *, endpoint_id: str, now: datetime) -> None:
    """Make an endpoint's waiting messages due, so that the sender sees that it is gone."""
    where = (MESSAGE.c.org_id == org, MESSAGE.c.endpoint_id == endpoint_id, MESSAGE.c.state == State.QUEUED.value)
    await tx.execute(update(MESSAGE).where(*where).values(due_at=now))


async def pending(tx: Transaction, org: OrgId, now: datetime) -> tuple[dict[str, int], datetime | None]:
    """How many messages are due or in flight by channel, and when the next later one becomes due."""
    is_due = (MESSAGE.c.state == State.SENDING.value) | (MESSAGE.c.due_at <= now)
    statement = (
        select(
            MESSAGE.c.channel,
            func.count().filter(is_due).label("due"),
            func.min(MESSAGE.c.due_at).filter(~is_due).label("next_due_at"),
        )
        .where(MESSAGE.c.org_id == org, MESSAGE.c.state.in_([State.QUEUED.value, State.SENDING.value]))
        .group_by(MESSAGE.c.channel)
    )
    rows = (await tx.execute(statement)).all()
    later = [row.next_due_at for row in rows if row.next_due_at is not None]
    return {f"message.{row.channel}": row.due for row in rows if row.due}, min(later, default=None)


async def simulated_instants(tx: Transaction, orgs: set[OrgId]) -> dict[OrgId, datetime]:
    """The instants of those organisations that live on a clock of their own."""
    if not orgs:
        return {}
    table = KERNEL.organisation.c
    rows = await tx.execute(
        select(table.org_id, table.simulated_now).where(table.org_id.in_(orgs), table.simulated_now.is_not(None))
    )
    return {OrgId(row.org_id): row.simulated_now for row in rows}


def kept(row: Row[Any]) -> Kept:
    """A row of `message`."""
    identity = Identity(
        case_id=row.case_id,
        occasion=row.occasion,
        rule=row.rule,
        recipient=row.recipient,
        channel=Channel(row.channel),
        step=row.step,
        endpoint_id=row.endpoint_id,
    )
    message = Message(
        message_id=row.message_id,
        identity=identity,
        on=row.on_event,
        template=row.template,
        template_version=row.template_version,
        locale=row.locale,
        cite=row.cite,
        fallback=tuple(Channel(name) for name in row.fallback),
        address=row.address,
        words=Words(subject=row.subject, body=row.body, sender_name=row.sender_name, sender_email=row.sender_email),
        is_rechecked=row.is_rechecked,
        state=State(row.state),
        attempts=row.attempts,
        due_at=row.due_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        reason=row.reason,
    )
    return Kept(org=OrgId(row.org_id), is_simulated=row.is_simulated, created_at=row.created_at, message=message)


def _row(item: Kept) -> dict[str, object]:
    message, identity, words = item.message, item.message.identity, item.message.words
    return {
        "org_id": item.org,
        "message_id": message.message_id,
        "case_id": identity.case_id,
        "occasion": identity.occasion,
        "rule": identity.rule,
        "recipient": identity.recipient,
        "channel": identity.channel.value,
        "step": identity.step,
        "endpoint_id": identity.endpoint_id,
        "on_event": message.on,
        "template": message.template,
        "template_version": message.template_version,
        "locale": message.locale,
        "cite": message.cite,
        "fallback": [channel.value for channel in message.fallback],
        "address": message.address,
        "subject": words.subject,
        "body": words.body,
        "sender_name": words.sender_name,
        "sender_email": words.sender_email,
        "is_rechecked": message.is_rechecked,
        "state": message.state.value,
        "attempts": message.attempts,
        "is_simulated": item.is_simulated,
        "created_at": item.created_at,
        "due_at": message.due_at,
        "expires_at": message.expires_at,
        "ended_at": message.ended_at,
        "reason": message.reason,
    }
