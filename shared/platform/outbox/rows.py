"""A row of the outbox, and what is sent of it."""

from datetime import datetime
from typing import NamedTuple

from shared.contracts import topics
from shared.kernel.ids import EventId, OrgId
from shared.platform.kafka.cloud_events import Attributes, headers_of
from shared.platform.kafka.port import Message
from shared.platform.observability.context import from_event
from shared.platform.observability.tracing import CASE_ID, Work


class Row(NamedTuple):
    """One outbox row, in the order in which the relay reads its columns."""

    seq: int
    id: str
    aggregatetype: str
    aggregateid: str
    aggregate_version: int
    type: str
    topic: str
    key: str
    org_id: str
    payload: str
    traceparent: str | None
    correlation_id: str
    replay_of: str | None
    saw_versions: str
    occurred_at: datetime
    created_at: datetime


def message_of(row: Row, traceparent: str | None, *, source: bytes) -> Message:
    """What is sent of a row; `traceparent` names the span that sends it, or the one that wrote it."""
    attributes = Attributes(
        id=EventId(row.id),
        type=row.type,
        org=OrgId(row.org_id),
        key=row.key,
        aggregate=row.aggregatetype,
        aggregate_id=row.aggregateid,
        version=row.aggregate_version,
        occurred_at=row.occurred_at,
        correlation_id=row.correlation_id,
        traceparent=traceparent,
        saw_versions=row.saw_versions,
    )
    return Message(
        topic=row.topic,
        key=row.key.encode(),
        value=row.payload.encode(),
        headers=headers_of(attributes, source=source, replay_of=row.replay_of),
    )


def send_of(row: Row) -> tuple[str, Work]:
    """The span that sends a row, by the semantic conventions for messaging; its parent is the one that wrote it."""
    attributes = {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": row.topic,
        "messaging.message.id": row.id,
        "messaging.kafka.message.key": row.key,
        "redress.event_type": row.type,
        "redress.organisation_id": row.org_id,
    }
    if row.topic != topics.REGISTRY:
        attributes[CASE_ID] = row.key
    context = from_event(correlation_id=row.correlation_id, traceparent=row.traceparent)
    return f"send {row.topic}", Work(context, attributes)
