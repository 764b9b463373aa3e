"""Messages and their attempts: stored once per identity, counted, read. Rows ↔ domain in this file only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, update

from services.notify.db.tables import MESSAGE
from services.notify.domain.message import Channel, Identity, Message, State, Words
from services.notify.domain.retry import Outcome
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A message as it is stored: whose it is, on which clock, when it was made."""

    org: OrgId
    is_simulated: bool
    created_at: datetime
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a message; of one by hand, who said what became of it, and his note."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: Outcome
    subject: str | None = None
    note: str | None = None


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
    "handler": "text",
}
_NAMES: Final = ", ".join(_COLUMNS)
_ARRAYS: Final = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_COLUMNS.values(), start=1))
_INSERT: Final = f"""
    INSERT INTO notify.message ({_NAMES})
    SELECT {_NAMES.replace("fallback", "string_to_array(fallback, ',')")} FROM unnest({_ARRAYS}) AS new({_NAMES})
    ON CONFLICT ON CONSTRAINT uq_message_identity DO NOTHING RETURNING message_id::text
"""  # noqa: S608 (constants of this file)


COLUMNS_READ: Final = (
    _NAMES.replace("_id,", "_id::text,").replace("endpoint_id::text", "endpoint_id") + ", attempted_at"
)
"""What `kept` wants of a row, in this order."""


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


async def pending(tx: Transaction, org: OrgId, now: datetime) -> tuple[dict[str, int], datetime | None]:
    """How many messages are due or in flight by channel, and when the next later one becomes due.

    What waits for a person is neither: nothing here will move it.
    """
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


def kept(row: Sequence[Any]) -> Kept:
    """A row of `COLUMNS_READ`."""
    org, message_id, case_id, occasion, rule, recipient, channel, step, endpoint_id, *rest = row
    on, template, template_version, locale, cite, fallback, address, *rest = rest
    subject, body, sender_name, sender_email, is_rechecked, state, attempts, *rest = rest
    is_simulated, created_at, due_at, expires_at, ended_at, reason, handler, _ = rest
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
        handler=handler,
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
        *(message.expires_at, message.ended_at, message.reason, message.handler),
    )
