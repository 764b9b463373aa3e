"""A consumer against the bare batch insert of inbox and row, five hundred to a transaction, that it boils down to."""

import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from operate.runtime.embedded import admin_url, bootstrap_servers, database_url
from operate.runtime.stack import Stack
from services.sla.migrations.schema import KERNEL
from shared.contracts.envelope import Envelope
from shared.contracts.intake import EvidenceAddedV1
from shared.contracts.topics import INTAKE
from shared.kernel.ids import EventId, OrgId, new_id
from shared.platform.db.engine import connect
from shared.platform.db.transaction import Transaction, transaction
from shared.platform.inbox.arrival import BatchHandler, routes_of
from shared.platform.inbox.consume import Processor
from shared.platform.inbox.rules.limits import MOST_EVENTS
from shared.platform.kafka.aio import AioBroker
from shared.platform.kafka.cloud_events import Attributes, headers_of
from shared.platform.kafka.port import Message
from tests.bench.pairs import Figure, interleaved
from tests.bench.relay import events as some_events
from tests.support.settings import FAST

EVENTS = 10_000
ROW = "INSERT INTO bench.seen (event_id, case_id, sha256) VALUES ($1, $2, $3)"
ROWS = "INSERT INTO bench.seen SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[])"
INBOX = "INSERT INTO bench.inbox (consumer, event_id, org_id, topic) VALUES ($1, $2, $3, $4)"
TABLES = (
    "CREATE SCHEMA IF NOT EXISTS bench",
    "GRANT USAGE ON SCHEMA bench TO PUBLIC",
    "CREATE TABLE IF NOT EXISTS bench.seen (event_id uuid PRIMARY KEY, case_id uuid NOT NULL, sha256 text NOT NULL)",
    """CREATE TABLE IF NOT EXISTS bench.inbox (
        consumer text, event_id uuid, org_id uuid NOT NULL, topic text NOT NULL,
        handled_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (consumer, event_id))""",
    "GRANT INSERT ON bench.seen, bench.inbox TO PUBLIC",
)


async def _insert_rows(tx: Transaction, events: Sequence[Envelope[Any]]) -> None:
    rows = ((event.id, event.data.case_id, event.data.sha256) for event in events)
    await tx.rows(ROWS, tuple(map(list, zip(*rows, strict=True))))


async def _create_tables(stack: Stack) -> None:
    url = sa.make_url(database_url(stack, "sla"))
    admin = sa.make_url(admin_url(stack)).set(drivername="postgresql+asyncpg", database=url.database)
    db = connect(admin.render_as_string(hide_password=False), kernel=KERNEL, application_name="bench-ddl")
    async with transaction(db) as tx:
        for statement in TABLES:
            await tx.conn.exec_driver_sql(statement)
    await db.engine.dispose()


async def measure(stack: Stack) -> Figure:
    """Events per second from poll to committed offset, against rows per second of the bare insert."""
    await _create_tables(stack)
    async with AsyncExitStack() as cleanup:
        db = connect(database_url(stack, "sla"), kernel=KERNEL, application_name="bench")
        cleanup.push_async_callback(db.engine.dispose)
        broker = AioBroker(bootstrap_servers(stack), tuning=FAST)
        producer = broker.producer()
        await producer.start()
        cleanup.push_async_callback(producer.stop)
        consumer = broker.consumer(group="bench", topics=[INTAKE])
        await consumer.start(before_revoke=_nothing)
        cleanup.push_async_callback(consumer.stop)
        processor = Processor(db, consumer="bench", routes=routes_of({EvidenceAddedV1: BatchHandler(_insert_rows)}))

        async def ours() -> float:
            await producer.publish(_messages(EVENTS))
            began = time.perf_counter()
            done = 0
            while done < EVENTS:
                records = await consumer.poll(max_records=MOST_EVENTS, timeout_seconds=1)
                if records:
                    await processor.process(records)
                    await consumer.commit({record.topic_partition: record.offset + 1 for record in records})
                done += len(records)
            return done / (time.perf_counter() - began)

        async def yardstick() -> float:
            rows = [(new_id(), event.key, "0" * 64) for event in some_events(EVENTS)]
            org = new_id()
            began = time.perf_counter()
            for first in range(0, EVENTS, MOST_EVENTS):
                batch = rows[first : first + MOST_EVENTS]
                async with transaction(db) as tx:
                    await tx.conn.exec_driver_sql(INBOX, [("bench-bare", row[0], org, INTAKE) for row in batch])
                    await tx.conn.exec_driver_sql(ROW, batch)
            return EVENTS / (time.perf_counter() - began)

        return await interleaved(
            "consumer: poll, inbox, handler's row, offsets",
            unit="events/s",
            against="bare batch insert of inbox and row",
            aim=0.5,
            ours=ours,
            yardstick=yardstick,
        )


async def _nothing() -> None:
    """Nothing to finish before partitions move: there is one member."""


def _messages(count: int) -> list[Message]:
    now = datetime.now(UTC)
    return [
        Message(
            topic=INTAKE,
            key=event.key.encode(),
            value=event.data.model_dump_json().encode(),
            headers=headers_of(
                Attributes(
                    id=EventId(new_id()),
                    type=event.data.TYPE,
                    org=OrgId(event.org),
                    key=event.key,
                    aggregate=event.aggregate,
                    aggregate_id=event.aggregate_id,
                    version=event.version,
                    occurred_at=now,
                    correlation_id=new_id(),
                    traceparent=None,
                ),
                source=b"/redress/bench",
            ),
        )
        for event in some_events(count)
    ]
