"""Messages and their attempts: stored once per identity, counted, read. Rows ↔ domain in this file only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import update

from services.notify.messages.rules import Attempt, Kept, State
from services.notify.messages.store.rows import _COLUMNS, _NAMES, COLUMNS_READ, _values, kept
from services.notify.messages.store.tables import MESSAGE
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


async def insert_new(tx: Transaction, kept: Sequence[Kept]) -> list[Kept]:
    """Those of `kept` that did not exist yet (by identity), stored."""
    if not kept:
        return []
    columns = [list(column) for column in zip(*(_values(item) for item in kept), strict=True)]
    rows = await tx.rows(_INSERT, tuple(columns))
    stored = {row[0] for row in rows}
    return [item for item in kept if item.message.message_id in stored]


_ARRAYS: Final = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_COLUMNS.values(), start=1))
_INSERT: Final = f"""
    INSERT INTO notify.message ({_NAMES})
    SELECT {_NAMES.replace("fallback", "string_to_array(fallback, ',')")} FROM unnest({_ARRAYS}) AS new({_NAMES})
    ON CONFLICT ON CONSTRAINT uq_message_identity DO NOTHING RETURNING message_id::text
"""  # noqa: S608 (constants of this file)


async def log_attempts(tx: Transaction, attempts: Sequence[tuple[Kept, Attempt]]) -> None:
    """Store attempts; a result that arrives after the lease ran out replaces the `unknown` written for it."""
    if not attempts:
        return
    rows = [
        (
            *(item.org, item.message.message_id, attempt.number, attempt.started_at, attempt.ended_at),
            *(attempt.outcome.verdict.value, attempt.outcome.code, attempt.outcome.reason),
            *(attempt.subject, attempt.note),
        )
        for item, attempt in attempts
    ]
    await tx.rows(_LOG, tuple(list(column) for column in zip(*rows, strict=True)))


_LOG: Final = """
    INSERT INTO notify.attempt (org_id, message_id, number, started_at, ended_at, verdict, code, reason, subject,
        note)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::timestamptz[], $5::timestamptz[], $6::text[],
        $7::integer[], $8::text[], $9::text[], $10::text[])
    ON CONFLICT (org_id, message_id, number) DO UPDATE SET ended_at = excluded.ended_at, verdict = excluded.verdict,
        code = excluded.code, reason = excluded.reason, recorded_at = now()
"""


async def hurry(tx: Transaction, org: OrgId, *, endpoint_id: str, now: datetime) -> None:
    """Make an endpoint's waiting messages due, so that the sender sees that it is gone."""
    where = (MESSAGE.c.org_id == org, MESSAGE.c.endpoint_id == endpoint_id, MESSAGE.c.state == State.QUEUED.value)
    await tx.execute(update(MESSAGE).where(*where).values(due_at=now))


async def find_for_update(tx: Transaction, org: OrgId, message_id: str) -> Kept | None:
    """One message of the organisation, locked until the transaction ends."""
    rows = await tx.rows(_FIND, (org, message_id))
    return kept(rows[0]) if rows else None


_FIND: Final = f"""
    SELECT {COLUMNS_READ} FROM notify.message WHERE org_id = $1::uuid AND message_id = $2::uuid FOR UPDATE
"""  # noqa: S608 (constants of this file)


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
