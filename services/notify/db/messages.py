"""Messages: insert once per identity, claim under a lease, record what came of it.

Rows ↔ domain in this file only. A result changes a message only while its lease token is still on the
row, so a slow sender cannot overwrite the one that took over.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, update

from services.notify.db.tables import MESSAGE
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
    columns = [list(column) for column in zip(*(_values(item) for item in kept), strict=True)]
    rows = await tx.rows(_INSERT, tuple(columns))
    stored = {row[0] for row in rows}
    return [item for item in kept if item.message.message_id in stored]


_COLUMNS: Final = {
    "org_id": "uuid",
    "message_id": "uuid",
    "case_id": "uuid",
    "occasion": "text",
    "rule": "text",
    "recipient": "text",
    "channel": "text",
    "step": "smallint",
    "endpoint_id": "text",
    "on_event": "text",
    "template": "text",
    "template_version": "integer",
    "locale": "text",
    "cite": "text",
    "fallback": "text",
    "address": "text",
    "subject": "text",
    "body": "text",
    "sender_name": "text",
    "sender_email": "text",
    "is_rechecked": "boolean",
    "state": "text",
    "attempts": "smallint",
    "is_simulated": "boolean",
    "created_at": "timestamptz",
    "due_at": "timestamptz",
    "expires_at": "timestamptz",
    "ended_at": "timestamptz",
    "reason": "text",
}
_NAMES: Final = ", ".join(_COLUMNS)
_ARRAYS: Final = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_COLUMNS.values(), start=1))
_INSERT: Final = f"""
    INSERT INTO notify.message ({_NAMES})
    SELECT {_NAMES.replace("fallback", "string_to_array(fallback, ',')")} FROM unnest({_ARRAYS}) AS new({_NAMES})
    ON CONFLICT ON CONSTRAINT uq_message_identity DO NOTHING RETURNING message_id::text
"""  # noqa: S608 (constants of this file)


async def claimable(
    tx: Transaction, *, channel: Channel, limit: int, busy: Sequence[str]
) -> list[tuple[Kept, datetime | None]]:
    """Up to `limit` messages that are due or were abandoned, locked; each with when its last attempt began.

    Those to an endpoint in `busy` are left for later.
    """
    rows = await tx.rows(_CLAIMABLE, (channel.value, list(busy), limit))
    return [(_kept(row), row[-1]) for row in rows]


_READ: Final = _NAMES.replace("_id,", "_id::text,").replace("endpoint_id::text", "endpoint_id") + ", attempted_at"
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
    SELECT {_READ} FROM (
        SELECT * FROM due UNION ALL SELECT * FROM due_simulated UNION ALL SELECT * FROM abandoned LIMIT $3
    ) AS found
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
    rows = [
        (
            *(item.org, item.message.message_id, attempt.number, attempt.started_at, attempt.ended_at),
            *(attempt.outcome.verdict.value, attempt.outcome.code, attempt.outcome.reason),
        )
        for item, attempt in attempts
    ]
    await tx.conn.exec_driver_sql(_LOG, tuple(list(column) for column in zip(*rows, strict=True)))


_LOG: Final = """
    INSERT INTO notify.attempt (org_id, message_id, number, started_at, ended_at, verdict, code, reason)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::timestamptz[], $5::timestamptz[], $6::text[],
        $7::integer[], $8::text[])
    ON CONFLICT (org_id, message_id, number) DO UPDATE SET ended_at = excluded.ended_at, verdict = excluded.verdict,
        code = excluded.code, reason = excluded.reason, recorded_at = now()
"""


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
    rows = await tx.rows(_INSTANTS, (list(orgs),))
    return {OrgId(row[0]): row[1] for row in rows}


_INSTANTS: Final = """
    SELECT org_id::text, simulated_now FROM notify.organisation
    WHERE org_id = ANY($1::uuid[]) AND simulated_now IS NOT NULL
"""


def _kept(row: Sequence[Any]) -> Kept:
    org, message_id, case_id, occasion, rule, recipient, channel, step, endpoint_id, *rest = row
    on, template, template_version, locale, cite, fallback, address, *rest = rest
    subject, body, sender_name, sender_email, is_rechecked, state, attempts, *rest = rest
    is_simulated, created_at, due_at, expires_at, ended_at, reason, _ = rest
    message = Message(
        message_id=message_id,
        identity=Identity(
            case_id=case_id,
            occasion=occasion,
            rule=rule,
            recipient=recipient,
            channel=Channel(channel),
            step=step,
            endpoint_id=endpoint_id,
        ),
        on=on,
        template=template,
        template_version=template_version,
        locale=locale,
        cite=cite,
        fallback=tuple(Channel(name) for name in fallback),
        address=address,
        words=Words(subject=subject, body=body, sender_name=sender_name, sender_email=sender_email),
        is_rechecked=is_rechecked,
        state=State(state),
        attempts=attempts,
        due_at=due_at,
        expires_at=expires_at,
        ended_at=ended_at,
        reason=reason,
    )
    return Kept(org=OrgId(org), is_simulated=is_simulated, created_at=created_at, message=message)


def _values(item: Kept) -> tuple[object, ...]:
    """The values of a row, in the order of `_COLUMNS`."""
    message, identity, words = item.message, item.message.identity, item.message.words
    return (
        *(item.org, message.message_id, identity.case_id, identity.occasion, identity.rule, identity.recipient),
        *(identity.channel.value, identity.step, identity.endpoint_id, message.on, message.template),
        *(message.template_version, message.locale, message.cite, ",".join(message.fallback), message.address),
        *(words.subject, words.body, words.sender_name, words.sender_email, message.is_rechecked),
        *(message.state.value, message.attempts, item.is_simulated, item.created_at, message.due_at),
        *(message.expires_at, message.ended_at, message.reason),
    )
