"""Changes of messages and their attempts; a message is stored once per identity."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import update

from services.notify.messages.rules import Attempt, ChosenDeliveries, MessageNotFound, State, StoredMessage
from services.notify.messages.store.rows import COLUMN_NAMES, COLUMN_TYPES, COLUMNS_READ, row_values, stored_message
from services.notify.messages.store.tables import MESSAGE
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


async def insert_new(tx: Transaction, messages: Sequence[StoredMessage]) -> list[StoredMessage]:
    """Those of `messages` that did not exist yet (by identity), stored."""
    if not messages:
        return []
    columns = [list(column) for column in zip(*(row_values(item) for item in messages), strict=True)]
    rows = await tx.rows(_INSERT, tuple(columns))
    stored = {row[0] for row in rows}
    return [item for item in messages if item.message.message_id in stored]


_ARRAYS: Final = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(COLUMN_TYPES.values(), start=1))
_INSERT: Final = f"""
    INSERT INTO notify.message ({COLUMN_NAMES})
    SELECT {COLUMN_NAMES.replace("fallback", "string_to_array(fallback, ',')")}
    FROM unnest({_ARRAYS}) AS new({COLUMN_NAMES})
    ON CONFLICT ON CONSTRAINT uq_message_identity DO NOTHING RETURNING message_id::text
"""  # noqa: S608 (constants of this file)


async def log_attempts(tx: Transaction, attempts: Sequence[tuple[StoredMessage, Attempt]]) -> None:
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


async def make_due(tx: Transaction, *, org: OrgId, endpoint_id: str, now: datetime) -> None:
    """Make an endpoint's waiting messages due, so that the sender sees that it is gone."""
    where = (MESSAGE.c.org_id == org, MESSAGE.c.endpoint_id == endpoint_id, MESSAGE.c.due_at.is_not(None))
    waits = MESSAGE.c.state.in_([State.QUEUED.value, State.OUTCOME_UNKNOWN.value])
    await tx.execute(update(MESSAGE).where(*where, waits).values(due_at=now))


async def lock_message(tx: Transaction, *, org: OrgId, message_id: str) -> StoredMessage:
    """One message of the organisation, locked until the transaction ends. Raises MessageNotFound."""
    rows = await tx.rows(_LOCK, (org, message_id))
    if not rows:
        raise MessageNotFound
    return stored_message(rows[0])


_LOCK: Final = f"""
    SELECT {COLUMNS_READ} FROM notify.message WHERE org_id = $1::uuid AND message_id = $2::uuid FOR UPDATE
"""  # noqa: S608 (constants of this file)


async def lock_doubtful(tx: Transaction, items: Sequence[StoredMessage]) -> list[StoredMessage]:
    """Those of `items` whose outcome is unknown and that no sender holds, locked, as they are stored now."""
    if not items:
        return []
    parameters = ([item.org for item in items], [item.message.message_id for item in items])
    return [stored_message(row) for row in await tx.rows(_DOUBTFUL, parameters)]


_DOUBTFUL: Final = f"""
    SELECT {COLUMNS_READ} FROM notify.message JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (org_id, message_id)
        USING (org_id, message_id)
    WHERE state = 'outcome_unknown' ORDER BY message_id FOR UPDATE OF message
"""  # noqa: S608 (constants of this file)


async def lock_deliveries(
    tx: Transaction, *, org: OrgId, endpoint_id: str, chosen: ChosenDeliveries, limit: int
) -> list[StoredMessage]:
    """Deliveries of events to an endpoint, locked, oldest first; those whose words were erased are left out."""
    names = (chosen.message_ids, chosen.states, chosen.events)
    parameters = (org, endpoint_id, *names, chosen.since, chosen.until, chosen.case_id, limit)
    return [stored_message(row) for row in await tx.rows(_DELIVERIES, parameters)]


_DELIVERIES: Final = f"""
    SELECT {COLUMNS_READ} FROM notify.message
    WHERE org_id = $1::uuid AND endpoint_id = $2 AND rule = '' AND body <> ''
      AND ($3::uuid[] IS NULL OR message_id = ANY($3)) AND ($4::text[] IS NULL OR state = ANY($4) AND due_at IS NULL)
      AND ($5::text[] IS NULL OR on_event = ANY($5)) AND ($6::timestamptz IS NULL OR created_at >= $6)
      AND ($7::timestamptz IS NULL OR created_at < $7)
      AND ($8::uuid IS NULL OR case_id = $8)
    ORDER BY message_id LIMIT $9 FOR UPDATE
"""  # noqa: S608 (constants of this file)


async def queue_again(tx: Transaction, items: Sequence[StoredMessage]) -> None:
    """Store that locked deliveries are queued again."""
    parameters = (
        [item.org for item in items],
        [item.message.message_id for item in items],
        [item.message.due_at for item in items],
        [item.message.tries_before for item in items],
    )
    await tx.rows(_QUEUE_AGAIN, parameters)


_QUEUE_AGAIN: Final = """
    UPDATE notify.message m
    SET state = 'queued', due_at = a.due_at, tries_before = a.tries_before, expires_at = NULL, ended_at = NULL,
        reason = NULL, unknown_attempts = 0
    FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::smallint[])
        AS a(org_id, message_id, due_at, tries_before)
    WHERE m.org_id = a.org_id AND m.message_id = a.message_id
"""


async def settle(tx: Transaction, settled: Sequence[StoredMessage], *, token: str | None) -> list[StoredMessage]:
    """Store the new state of messages held under `token` (None: locked in this transaction).

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
        [item.message.unknown_attempts for item in settled],
        token,
    )
    ours = {str(message_id) for (message_id,) in await tx.rows(_SETTLE, parameters)}
    return [item for item in settled if item.message.message_id in ours]


_SETTLE: Final = """
    UPDATE notify.message m
    SET state = s.state, attempts = s.attempts, due_at = s.due_at, ended_at = s.ended_at, reason = s.reason,
        unknown_attempts = s.unknown_attempts, lease_token = NULL, leased_until = NULL
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::timestamptz[], $6::timestamptz[], $7::text[],
        $8::smallint[]) AS s(org_id, message_id, state, attempts, due_at, ended_at, reason, unknown_attempts)
    WHERE m.org_id = s.org_id AND m.message_id = s.message_id AND ($9::uuid IS NULL OR m.lease_token = $9::uuid)
    RETURNING m.message_id
"""
