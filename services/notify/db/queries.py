"""What the API shows of messages: read models, each with its attempts, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, select
from sqlalchemy.dialects.postgresql import JSONB

from services.notify.db.tables import ATTEMPT, CASE_VIEW, MESSAGE
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAttempt:
    """One try of a message."""

    number: int
    started_at: str
    ended_at: str | None
    result: str
    code: int | None
    reason: str
    subject: str | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMessage:
    """A message as the API shows it."""

    message_id: str
    case_id: str
    rule: str
    on: str
    recipient: str
    channel: str
    template: str
    locale: str
    state: str
    subject: str
    body: str
    address: str | None
    cite: str
    reason: str | None
    at: datetime
    due_at: datetime | None
    handled_by: str | None
    attempts: tuple[ShownAttempt, ...]


async def case_exists(tx: Transaction, org: OrgId, case_id: str) -> bool:
    """Whether notify knows the case in this organisation."""
    where = (CASE_VIEW.c.org_id == org, CASE_VIEW.c.case_id == case_id)
    return bool((await tx.execute(select(exists().where(*where)))).scalar_one())


async def messages_of_case(
    tx: Transaction, org: OrgId, case_id: str, *, limit: int, after: str | None
) -> list[ShownMessage]:
    """The rules' messages of a case, oldest first, at most `limit` beyond `after`."""
    return await _list(tx, org, MESSAGE.c.case_id == case_id, MESSAGE.c.rule != "", limit=limit, after=after)


async def inbox(
    tx: Transaction, org: OrgId, *, addresses: Sequence[str], limit: int, after: str | None
) -> list[ShownMessage]:
    """The internal messages to any of `addresses`, oldest first."""
    return await _list(
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
    return await _list(tx, org, MESSAGE.c.state == state, *of_handlers, limit=limit, after=after)


async def deliveries_to(
    tx: Transaction, org: OrgId, endpoint_id: str, *, limit: int, after: str | None
) -> list[ShownMessage]:
    """Everything sent to a webhook endpoint, oldest first."""
    return await _list(tx, org, MESSAGE.c.endpoint_id == endpoint_id, limit=limit, after=after)


async def find_message(tx: Transaction, org: OrgId, message_id: str) -> ShownMessage | None:
    """One message of the organisation."""
    row = (await tx.execute(_shown(org).where(MESSAGE.c.message_id == message_id))).one_or_none()
    return None if row is None else _message(row)


async def _list(
    tx: Transaction, org: OrgId, *conditions: ColumnElement[bool], limit: int, after: str | None
) -> list[ShownMessage]:
    statement = _shown(org).where(*conditions).order_by(MESSAGE.c.message_id).limit(limit)
    if after is not None:
        statement = statement.where(MESSAGE.c.message_id > after)
    return [_message(row) for row in await tx.execute(statement)]


def _shown(org: OrgId) -> Select[Any]:
    attempt = func.jsonb_build_object(
        *("number", ATTEMPT.c.number, "started_at", ATTEMPT.c.started_at, "ended_at", ATTEMPT.c.ended_at),
        *("result", ATTEMPT.c.verdict, "code", ATTEMPT.c.code, "reason", ATTEMPT.c.reason),
        *("subject", ATTEMPT.c.subject, "note", ATTEMPT.c.note),
    )
    of_message = (ATTEMPT.c.org_id == MESSAGE.c.org_id, ATTEMPT.c.message_id == MESSAGE.c.message_id)
    attempts = select(func.coalesce(func.jsonb_agg(attempt), func.jsonb_build_array(), type_=JSONB)).where(*of_message)
    return select(MESSAGE, attempts.scalar_subquery().label("tries")).where(MESSAGE.c.org_id == org)


def _message(row: Row[Any]) -> ShownMessage:
    tries = sorted((ShownAttempt(**attempt) for attempt in row.tries), key=lambda attempt: attempt.number)
    return ShownMessage(
        message_id=row.message_id,
        case_id=row.case_id,
        rule=row.rule,
        on=row.on_event,
        recipient=row.recipient,
        channel=row.channel,
        template=row.template,
        locale=row.locale,
        state="queued" if row.state == "sending" else row.state,
        subject=row.subject,
        body=row.body,
        address=row.address,
        cite=row.cite,
        reason=row.reason,
        at=row.ended_at or row.created_at,
        due_at=row.due_at,
        handled_by=row.handler,
        attempts=tuple(tries),
    )
