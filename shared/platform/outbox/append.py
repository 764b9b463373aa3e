"""Put events into the outbox inside the caller's transaction; it never commits.

Order holds per event key when the aggregate's row was locked (or inserted) before appending: then
sequence order is commit order. `version` rises by at least one with every event of an aggregate:
consumers refuse an event that is not newer than the newest they have seen. Keep a counter of events on the
aggregate's row.

Each event names what its producer had seen of the case and of the handled event (`saw_versions`), read in the same
statement, so that a consumer of several topics handles those first.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.contracts import topics
from shared.contracts.envelope import Contract
from shared.kernel.errors import Invalid
from shared.kernel.ids import EventId, OrgId, new_id
from shared.kernel.text import Text
from shared.platform.db.tables import SHARDS
from shared.platform.db.transaction import Transaction
from shared.platform.observability.context import Context, current
from shared.platform.position import Entry
from shared.platform.saw_versions import SeenVersion, to_text

MAX_PAYLOAD_BYTES: Final = 256 * 1024
_SEEN_CASE: Final = """concat_ws(' ', nullif(event.saw_versions, ''), (
        SELECT $16::text || '/case/' || mark.aggregate_id || '@' || mark.version FROM high_water AS mark
        WHERE mark.org_id = event.org_id AND mark.consumer = $15 AND mark.aggregate = 'case'
            AND mark.aggregate_id = event.key AND mark.version > 0))"""
_INSERT: Final = """
    INSERT INTO outbox (aggregatetype, aggregateid, aggregate_version, type, topic, key, shard, org_id, occurred_at,
                        payload, id, correlation_id, traceparent, saw_versions)
    SELECT aggregatetype, aggregateid, aggregate_version, type, topic, key, shard, org_id, occurred_at,
           payload, id, correlation_id, traceparent, {saw_versions}
    FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::smallint[], $8::uuid[],
                $9::timestamptz[], $10::text[], $11::uuid[], $12::text[], $13::text[], $14::text[])
        AS event (aggregatetype, aggregateid, aggregate_version, type, topic, key, shard, org_id, occurred_at,
                  payload, id, correlation_id, traceparent, saw_versions)
"""
_INSERT_OF_CASE_OWNER: Final = _INSERT.format(saw_versions="saw_versions")
_INSERT_OF_OTHERS: Final = _INSERT.format(saw_versions=_SEEN_CASE)


class EventTooLarge(Invalid):
    """The payload would not fit into one Kafka message with room to spare."""

    code = "event_too_large"
    title = Text(en="Event too large", zh="事件过大")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """An event to publish: `key` orders it (the case id), `version` counts the aggregate's events.

    `cause` is the context whose correlation and trace it carries; the current one when None.
    """

    org: OrgId
    key: str
    aggregate: str
    aggregate_id: str
    version: int
    occurred_at: datetime
    data: Contract
    cause: Context | None = None


def shard_of(key: str) -> int:
    """The relay shard of an event key: all events of a key go through one shard."""
    return zlib.crc32(key.encode()) % SHARDS


async def append(tx: Transaction, events: Sequence[Outgoing]) -> list[EventId]:
    """Add the events in their order, with one statement; returns their ids."""
    if not events:
        return []
    return await append_to(tx, [(event, event.data.TOPIC) for event in events])


async def append_to(tx: Transaction, events: Sequence[tuple[Outgoing, str]]) -> list[EventId]:
    """Add events to a topic that is not their contract's, such as that of dead letters."""
    here = current()
    causes = [event.cause or here for event, _ in events]
    ids = [EventId(new_id()) for _ in events]
    for event, topic in events:
        _note(tx, event, topic)
    columns = zip(*(_row(event, topic) for event, topic in events), strict=True)
    traces = ([cause.correlation_id for cause in causes], [cause.traceparent for cause in causes])
    saw = [saw_by(event, topic, cause) for (event, topic), cause in zip(events, causes, strict=True)]
    row, schema = (*map(list, columns), ids, *traces, saw), tx.kernel.schema
    if topics.INTAKE in topics.PUBLISHED_BY.get(schema, ()):
        await tx.rows(_INSERT_OF_CASE_OWNER, row)
    else:
        await tx.rows(_INSERT_OF_OTHERS, (*row, topics.consumer_of(schema, topics.INTAKE), topics.INTAKE))
    tx.appended += len(ids)
    return ids


def _row(event: Outgoing, topic: str) -> tuple[str, str, int, str, str, str, int, str, datetime, str]:
    payload = event.data.model_dump_json()
    if len(payload) * 4 > MAX_PAYLOAD_BYTES and len(payload.encode()) > MAX_PAYLOAD_BYTES:
        raise EventTooLarge(fields={"type": event.data.TYPE, "limit_bytes": MAX_PAYLOAD_BYTES})
    return (
        event.aggregate,
        event.aggregate_id,
        event.version,
        event.data.TYPE,
        topic,
        event.key,
        shard_of(event.key),
        event.org,
        event.occurred_at,
        payload,
    )


def saw_by(event: Outgoing, topic: str, context: Context) -> str:
    """The handled event that the producer answers to; the case is read with the insert."""
    cause = context.cause
    if cause is None or (context.org, cause.key) != (event.org, event.key):
        return ""
    return "" if cause.topic == topic or cause.aggregate == "case" else to_text(SeenVersion(*cause[1:]))


def _note(tx: Transaction, event: Outgoing, topic: str) -> None:
    """Note the event in the transaction. Raises ValueError unless its version is above that of the one before."""
    place = (event.aggregate, event.aggregate_id)
    before = tx.published.pop(place, None)
    if event.version <= (before.version if before else 0):
        raise ValueError(
            f"version {event.version} of {event.aggregate} is not above {before.version if before else 0}: "
            "each event of an aggregate needs a version of its own"
        )
    tx.published[place] = Entry(event.org, topic, event.key, event.aggregate, event.aggregate_id, event.version)
