"""What the API shows of messages: read models, each with its attempts, in one statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Row, Select, and_, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from services.notify.messages.rules import ChosenDeliveries, MessageNotFound, State
from services.notify.messages.store.tables import ATTEMPT, MESSAGE, OUTCOME_UNKNOWN
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
    unknown_attempts: int
    created_at: datetime
    at: datetime
    due_at: datetime | None
    handled_by: str | None
    attempts: tuple[ShownAttempt, ...]


async def list_of_case(
    tx: Transaction, *, org: OrgId, case_id: str, limit: int, after: str | None
) -> list[ShownMessage]:
    """The rules' messages of a case, oldest first, at most `limit` beyond `after`."""
    return await list_shown(tx, MESSAGE.c.case_id == case_id, MESSAGE.c.rule != "", org=org, limit=limit, after=after)


async def list_sent_to(
    tx: Transaction, recipient: str, *, org: OrgId, case_id: str, limit: int, after: str | None
) -> list[ShownMessage]:
    """The messages of a case that were sent to `recipient`, oldest first, at most `limit` beyond `after`."""
    which = (MESSAGE.c.case_id == case_id, MESSAGE.c.recipient == recipient, MESSAGE.c.state == "sent")
    return await list_shown(tx, *which, MESSAGE.c.rule != "", org=org, limit=limit, after=after)


async def list_deliveries(
    tx: Transaction, chosen: ChosenDeliveries, *, org: OrgId, endpoint_id: str, limit: int, after: str | None
) -> list[ShownMessage]:
    """What was or is to be sent to a webhook endpoint, oldest first, at most `limit` beyond `after`."""
    where = [MESSAGE.c.endpoint_id == endpoint_id]
    if chosen.case_id is not None:
        where.append(MESSAGE.c.case_id == chosen.case_id)
    if chosen.states is not None:
        where.append(or_(*(in_state(state) for state in chosen.states)))
    if chosen.events is not None:
        where.append(MESSAGE.c.on_event.in_(chosen.events))
    if chosen.since is not None:
        where.append(MESSAGE.c.created_at >= chosen.since)
    if chosen.until is not None:
        where.append(MESSAGE.c.created_at < chosen.until)
    return await list_shown(tx, *where, org=org, limit=limit, after=after)


async def get_shown(tx: Transaction, *, org: OrgId, message_id: str) -> ShownMessage:
    """One message of the organisation. Raises MessageNotFound."""
    row = (await tx.execute(_shown(org).where(MESSAGE.c.message_id == message_id))).one_or_none()
    if row is None:
        raise MessageNotFound
    return _message(row)


async def list_shown(
    tx: Transaction, *conditions: ColumnElement[bool], org: OrgId, limit: int, after: str | None
) -> list[ShownMessage]:
    """Messages of the organisation that meet `conditions`, oldest first, at most `limit` beyond `after`."""
    statement = _shown(org).where(*conditions).order_by(MESSAGE.c.message_id).limit(limit)
    if after is not None:
        statement = statement.where(MESSAGE.c.message_id > after)
    return [_message(row) for row in await tx.execute(statement)]


def in_state(state: str) -> ColumnElement[bool]:
    """Messages that are shown in a state: one that is being sent is still queued, or its outcome is still unknown."""
    match State(state):
        case State.QUEUED:
            return and_(MESSAGE.c.state.in_([State.QUEUED.value, State.SENDING.value]), MESSAGE.c.unknown_attempts == 0)
        case State.OUTCOME_UNKNOWN:
            return literal_column(f"({OUTCOME_UNKNOWN})", Boolean)
        case _:
            return MESSAGE.c.state == state


def _shown_state(state: str, *, unknown_attempts: int) -> str:
    if state != State.SENDING.value:
        return state
    return State.OUTCOME_UNKNOWN.value if unknown_attempts else State.QUEUED.value


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
        state=_shown_state(row.state, unknown_attempts=row.unknown_attempts),
        subject=row.subject,
        body=row.body,
        address=row.address,
        cite=row.cite,
        reason=row.reason,
        unknown_attempts=row.unknown_attempts,
        created_at=row.created_at,
        at=row.ended_at or row.created_at,
        due_at=row.due_at,
        handled_by=row.handler,
        attempts=tuple(tries),
    )
