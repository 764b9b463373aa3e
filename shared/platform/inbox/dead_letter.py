"""An event that cannot be handled: its key is parked, later events of it wait, a dead letter is written.

Everything needed to run an event again is stored: bytes, headers, topic, partition, offset.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

from sqlalchemy import func, insert, update
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.contracts.envelope import Contract
from shared.contracts.topics import dead_letter_topic
from shared.kernel.clock import SystemClock
from shared.kernel.errors import ServiceError
from shared.kernel.ids import new_id
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.arrival import Arrival, key_of, org_of, record_columns
from shared.platform.inbox.rules.parked import SET_ASIDE
from shared.platform.kafka.cloud_events import readable_headers
from shared.platform.observability.logging import logger
from shared.platform.outbox.append import Outgoing, append_to

LONGEST_ERROR: Final = 2000


class DeadLetterRecordedV1(Contract):
    """A consumer could not handle an event. The event itself stays in the service's database."""

    TYPE: ClassVar[str] = "dead-letter.recorded.v1"

    dead_letter_id: str
    consumer: str
    topic: str
    partition: int
    offset: int
    key: str
    event_id: str | None
    type: str | None
    code: str
    error: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an event could not be handled; `retry_in` when trying again by itself may help."""

    code: str
    error: str
    retry_in: timedelta | None = None


def reason_of(error: BaseException, *, retry_in: timedelta | None = None) -> Reason:
    """The reason that an exception stands for."""
    code = error.code if isinstance(error, ServiceError) else type(error).__name__
    text = str(error).replace("\x00", "�")[:LONGEST_ERROR]
    return Reason(code=code, error=text or code, retry_in=retry_in)


async def park(tx: Transaction, consumer: str, *, arrival: Arrival, reason: Reason) -> None:
    """Park the event's key, unless it is parked already, with the event at the head of its queue."""
    table, event = tx.kernel.parked_key, arrival.event
    row = upsert(table).values(
        org_id=event.org,
        consumer=consumer,
        topic=arrival.record.topic,
        key=event.key,
        event_id=event.id,
        code=reason.code,
        error=reason.error,
        retry_at=None if reason.retry_in is None else func.now() + reason.retry_in,
    )
    await tx.execute(row.on_conflict_do_nothing())
    await queue(tx, consumer, arrival=arrival)
    logger().warning("consumer.key_parked", group=consumer, event_id=event.id, code=reason.code)


async def set_aside(tx: Transaction, consumer: str, *, arrival: Arrival, retry_in: timedelta) -> None:
    """Park the event's key without a dead letter; the drain tries it after `retry_in`."""
    error = "events of this type and organisation could not be handled many times in a row; tried again later"
    await park(tx, consumer, arrival=arrival, reason=Reason(code=SET_ASIDE, error=error, retry_in=retry_in))


async def release(tx: Transaction, consumer: str, *, orgs: Collection[str]) -> None:
    """What was set aside of these organisations is due at once."""
    table = tx.kernel.parked_key
    chosen = (table.c.consumer == consumer, table.c.code == SET_ASIDE, table.c.org_id.in_(sorted(orgs)))
    await tx.execute(update(table).where(*chosen).values(retry_at=func.now()))


async def queue(tx: Transaction, consumer: str, *, arrival: Arrival) -> None:
    """Put an event behind its parked key."""
    table, event = tx.kernel.parked_event, arrival.event
    row = upsert(table).values(
        org_id=event.org,
        consumer=consumer,
        key=event.key,
        event_id=event.id,
        **record_columns(arrival.record),
    )
    await tx.execute(row.on_conflict_do_nothing())


async def write(tx: Transaction, consumer: str, *, arrival: Arrival, reason: Reason) -> str | None:
    """Write the dead letter and announce it; None when this record has one already."""
    headers = readable_headers(arrival.record)
    dead_letter_id, org, key = new_id(), org_of(arrival), key_of(arrival)
    event_id = arrival.attributes.id if arrival.attributes is not None else None
    kind = headers.get("ce_type")
    table = tx.kernel.dead_letter
    row = upsert(table).values(
        dead_letter_id=dead_letter_id,
        org_id=org,
        consumer=consumer,
        key=key,
        event_id=event_id,
        type=kind,
        code=reason.code,
        error=reason.error,
        traceparent=headers.get("traceparent"),
        correlation_id=headers.get("ce_correlationid"),
        **record_columns(arrival.record),
    )
    if (await tx.execute(row.on_conflict_do_nothing())).rowcount == 0:
        return None
    record = arrival.record
    data = DeadLetterRecordedV1(
        dead_letter_id=dead_letter_id,
        consumer=consumer,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=key,
        event_id=event_id,
        type=kind,
        code=reason.code,
        error=reason.error,
    )
    outgoing = Outgoing(
        org=org,
        key=key or dead_letter_id,
        aggregate="dead-letter",
        aggregate_id=dead_letter_id,
        version=1,
        occurred_at=SystemClock().now(),
        data=data,
    )
    await append_to(tx, [(outgoing, dead_letter_topic(tx.kernel.schema))])
    logger().error("consumer.dead_letter", group=consumer, event_id=event_id, code=reason.code, error=reason.error)
    return dead_letter_id


async def audit(tx: Transaction, *, operator: str, action: str, org: str, details: dict[str, object]) -> None:
    """Record what an operator did, in the transaction that does it."""
    table = tx.kernel.operator_audit
    await tx.execute(
        insert(table).values(audit_id=new_id(), operator=operator, action=action, org_id=org, details=details)
    )
