"""Publishes the outbox in order, at least once, by leased shards.

The holder of a shard's advisory transaction lock publishes its rows. A round leases all shards that have rows
and that no other relay holds, because most of the cost of a round does not depend on the number of rows.
Rows are read in sequence order, published, and moved to the archive in the transaction that holds the
locks; a crash or time-out in between leaves them where they are. Guarantee: at least once, in order per
event key on first delivery. A row may be published twice; the consumers' inbox skips the repetition.
"""

import asyncio
import time
import zlib
from collections.abc import Sequence
from typing import Final

from shared.platform.db.engine import Database
from shared.platform.db.tables import SHARDS
from shared.platform.db.transaction import Transaction, reading, transaction
from shared.platform.failpoints import failpoint
from shared.platform.kafka.port import Broker, BrokerUnavailable, Message, Producer, ProducerWedged
from shared.platform.observability import metrics
from shared.platform.observability.exemplars import exemplar_of
from shared.platform.observability.logging import logger
from shared.platform.observability.tracing import SPANS, side_by_side
from shared.platform.outbox.rows import Row, message_of, send_of

BATCH: Final = 500
PUBLISH_TIMEOUT_SECONDS: Final = 1.8
CONCURRENT_BATCHES: Final = 2
BATCHES_IN_A_ROW: Final = 8


_LEASE: Final = "SELECT shard FROM unnest($2::int[]) AS shard WHERE pg_try_advisory_xact_lock($1, shard)"
_BUSY: Final = """
    SELECT shard FROM generate_series(0, $1::int - 1) AS shard
    WHERE EXISTS (SELECT FROM outbox WHERE outbox.shard = shard.shard)
"""
_ROWS: Final = """
    SELECT seq, id::text, aggregatetype, aggregateid, aggregate_version, type, topic, key, org_id::text, payload,
           traceparent, correlation_id, replay_of::text, saw_versions, occurred_at, created_at
    FROM unnest($1::smallint[]) AS leased (number)
    CROSS JOIN LATERAL (SELECT * FROM outbox WHERE shard = leased.number ORDER BY seq LIMIT $2) AS waiting
    ORDER BY seq
"""
_NUMBER: Final = "UPDATE outbox_feed SET head = head + $1 RETURNING head - $1"
_ARCHIVE: Final = """
    WITH moved AS (DELETE FROM outbox WHERE id = ANY($1::uuid[]) RETURNING *)
    INSERT INTO outbox_archive
        (id, seq, aggregatetype, aggregateid, type, topic, payload, aggregate_version, org_id, key,
         traceparent, correlation_id, shard, replay_of, saw_versions, occurred_at, created_at, position)
    SELECT
         id, seq, aggregatetype, aggregateid, type, topic, payload, aggregate_version, org_id, key,
         traceparent, correlation_id, shard, replay_of, saw_versions, occurred_at, created_at,
         $2 + row_number() OVER (ORDER BY seq)
    FROM moved
"""
UNTIL_WAITING: Final = "SELECT 0::float8 WHERE EXISTS (SELECT FROM outbox)"
"""0 when there is something to publish, else nothing."""
_PENDING: Final = """
    SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 FROM outbox
"""


class Relay:
    """The relay of one service in one process; any number of processes may run one."""

    def __init__(
        self, db: Database, broker: Broker, *, publish_timeout_seconds: float = PUBLISH_TIMEOUT_SECONDS
    ) -> None:
        self._db = db
        self._broker = broker
        self._publish_timeout = publish_timeout_seconds
        self._producer: Producer | None = None
        self._source = f"/redress/{db.kernel.schema}".encode()
        self._namespace = lease_namespace(db.kernel.schema)

    async def run_once(self) -> int:
        """Publish a few batches of the shards that have rows; how many rows went out.

        With many busy shards half of them are read and archived while the other half is on its way to the broker.

        `BrokerUnavailable` when the broker did not acknowledge in time: nothing was moved, the
        producer has been given up, and the caller should wait before the next round.
        """
        shards = await self._busy_shards()
        if not shards:
            return 0
        producer = await self._started()
        groups = _groups_of(shards)
        results = await asyncio.gather(*(self._drain(group, producer) for group in groups), return_exceptions=True)
        failures = [result for result in results if isinstance(result, BaseException)]
        if any(isinstance(failure, BrokerUnavailable) for failure in failures):
            await self.give_up_producer()
        if failures:
            raise failures[0]
        return sum(result for result in results if isinstance(result, int))

    async def give_up_producer(self) -> None:
        """Close the producer; the next round makes a new one."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def _busy_shards(self) -> list[int]:
        async with reading(self._db) as tx:
            return [shard for (shard,) in await tx.rows(_BUSY, (SHARDS,))]

    async def _started(self) -> Producer:
        if self._producer is None:
            producer = self._broker.producer()
            await producer.start()
            metrics.PRODUCERS_STARTED.inc()
            self._producer = producer
        return self._producer

    async def _drain(self, shards: Sequence[int], producer: Producer) -> int:
        """Batches of the same shards until none of them has more; each shard gets its part of a batch."""
        total, part = 0, max(1, BATCH // len(shards))
        for _ in range(BATCHES_IN_A_ROW):
            sent = await self._batch(shards, part=part, producer=producer)
            total += sent
            if sent < part:
                break
        return total

    async def _batch(self, shards: Sequence[int], *, part: int, producer: Producer) -> int:
        started = time.monotonic()
        async with transaction(self._db) as tx:
            leased = await self._lease(tx, shards)
            rows = [Row._make(row) for row in await tx.rows(_ROWS, (leased, part))] if leased else []
            if not rows:
                return 0
            await self._publish(rows, producer)
            failpoint("relay.after_publish", events=len(rows))
            await self._archive(tx, rows)
        failpoint("relay.after_commit", events=len(rows))
        _measure(rows, seconds=time.monotonic() - started)
        return len(rows)

    async def _archive(self, tx: Transaction, rows: Sequence[Row]) -> None:
        """Move the rows to the archive under the next positions.

        The row of positions stays locked until the commit, so that a reader that sees a position sees all below it.
        """
        [(before,)] = await tx.rows(_NUMBER, (len(rows),))
        await tx.rows(_ARCHIVE, ([row.id for row in rows], before))

    async def _lease(self, tx: Transaction, shards: Sequence[int]) -> list[int]:
        """A statement of its own: the next one's snapshot must be younger than the leases."""
        return [shard for (shard,) in await tx.rows(_LEASE, (self._namespace, list(shards)))]

    async def _publish(self, rows: Sequence[Row], producer: Producer) -> None:
        works = [send_of(row) for row in rows] if SPANS.are_recorded else []
        spans = [work.context.traceparent for _, work in works] if works else [row.traceparent for row in rows]
        messages = [message_of(row, span, source=self._source) for row, span in zip(rows, spans, strict=True)]
        with side_by_side("producer", lambda: works):
            await self._send(messages, producer)

    async def _send(self, messages: Sequence[Message], producer: Producer) -> None:
        try:
            async with asyncio.timeout(self._publish_timeout):
                await producer.publish(messages)
        except TimeoutError as error:
            metrics.OUTBOX_DUPLICATES_POSSIBLE.inc(len(messages))
            raise BrokerUnavailable(detail="no acknowledgement in time") from error
        except BrokerUnavailable as error:
            metrics.OUTBOX_DUPLICATES_POSSIBLE.inc(len(messages))
            kind = "wedged" if isinstance(error, ProducerWedged) else "unavailable"
            logger().warning("relay.publish_failed", reason=kind, error=error.detail, count=len(messages))
            raise


def _groups_of(shards: list[int]) -> list[list[int]]:
    """Shards that are read, published and archived concurrently; one group unless more than half of them are busy."""
    if len(shards) <= SHARDS // 2:
        return [shards]
    return [shards[first::CONCURRENT_BATCHES] for first in range(CONCURRENT_BATCHES)]


def lease_namespace(schema: str) -> int:
    """The first key of the advisory locks of a service's shards."""
    return zlib.crc32(f"redress.outbox.{schema}".encode()) & 0x7FFFFFFF


def _measure(rows: Sequence[Row], *, seconds: float) -> None:
    now = time.time()
    exemplar = exemplar_of(rows[0].traceparent)
    metrics.OUTBOX_PUBLISH_DURATION.observe(seconds, exemplar)
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.topic] = counts.get(row.topic, 0) + 1
    for topic, count in counts.items():
        metrics.OUTBOX_PUBLISHED.labels(topic=topic).inc(count)
    metrics.OUTBOX_LAG.observe(max(0.0, now - rows[0].created_at.timestamp()), exemplar)


async def pending(tx: Transaction) -> tuple[int, float]:
    """How many rows wait, and the age in seconds of the oldest."""
    [(count, age)] = await tx.rows(_PENDING)
    return count, age
