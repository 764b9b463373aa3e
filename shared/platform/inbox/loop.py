"""The loop of one consumer: poll, process, commit offsets after the database, give back on rebalance."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from shared.platform.db.transaction import DatabaseUnavailable
from shared.platform.failpoints import failpoint
from shared.platform.inbox.consume import Processor
from shared.platform.inbox.rules.limits import MOST_EVENTS
from shared.platform.kafka.port import Broker, Consumer, Record, TopicPartition
from shared.platform.loops import gathering, stopped_within
from shared.platform.observability import metrics
from shared.platform.observability.logging import logger
from shared.platform.progress import Progress

POLL_SECONDS: Final = 2.0
DRAIN_SECONDS: Final = 20.0
LAG_EVERY_SECONDS: Final = 5.0
STUCK_AFTER_SECONDS: Final = 15.0
BUSY_SECONDS: Final = 0.1
"""A transaction costs much the same for one event as for fifty: while one follows another within this time, events
gather between them. The first after a pause is handled at once."""
FULL: Final = MOST_EVENTS // 2
"""So many events in one transaction are a backlog, and there is nothing to wait for."""
RETRY_SECONDS: Final = (0.05, 0.2, 0.5, 1.0, 2.0)


class ConsumerStuck(Exception):
    """Records wait, polling is well, and yet none comes: the client is to be replaced."""


class ConsumerLoop:
    """Runs one member of one group until told to stop; raising ends it, a new one may follow."""

    def __init__(
        self, broker: Broker, *, group: str, topics: Sequence[str], processor: Processor, progress: Progress
    ) -> None:
        self._consumer: Consumer = broker.consumer(group=group, topics=topics)
        self._group = group
        self._topics = tuple(topics)
        self._processor = processor
        self._progress = progress
        self._in_hand = asyncio.Lock()
        self._next_lag_at = 0.0
        self._last_record_at = time.monotonic()
        self._expected: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}
        self._last_batch_at = 0.0
        self._reached: dict[str, tuple[int | None, float]] = {}
        self._aged: dict[str, int] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop`; the transaction under way is finished and its offsets committed first."""
        hand = self._processor.hand
        hand.clear()
        try:
            await self._consumer.start(before_revoke=self._finish_in_hand)
            while not stop.is_set():
                await self._round(stop)
        finally:
            await self._consumer.stop()
            hand.clear()

    async def _round(self, stop: asyncio.Event) -> None:
        hand = self._processor.hand
        rest = hand.rest(time.monotonic())
        wait = POLL_SECONDS if rest is None else min(POLL_SECONDS, rest)
        records = await self._consumer.poll(max_records=room, timeout_seconds=wait) if (room := hand.room()) else []
        self._beat()
        if records or hand:
            async with self._in_hand:
                await self._process(records, stop)
        await self._measure_lag()

    async def _process(self, records: Sequence[Record], stop: asyncio.Event) -> None:
        """Offsets are committed only after the database has; a database that is away is waited for."""
        if records:
            self._last_record_at = time.monotonic()
            self._notice_gaps(records)
            self._processor.take(records)
        began = time.monotonic()
        attempt = 0
        while True:
            try:
                settled = await self._processor.step()
                break
            except DatabaseUnavailable as error:
                pause = RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)]
                logger().warning("consumer.database_unavailable", group=self._group, code=error.code, attempt=attempt)
                attempt += 1
                self._beat()
                if await stopped_within(stop, pause):
                    return
        self._last_record_at = time.monotonic()
        self._beat()
        if settled:
            self._processor.wake_jobs()
            failpoint("consumer.after_commit", events=settled)
            await self._commit()
            self._measure_age()
            await self._gather(settled, began, stop)

    async def _gather(self, settled: int, began: float, stop: asyncio.Event) -> None:
        follows = began - self._last_batch_at < BUSY_SECONDS
        if follows and settled < FULL and not self._processor.hand:
            await stopped_within(stop, gathering(time.monotonic() - began))
        self._last_batch_at = time.monotonic()

    async def _commit(self) -> None:
        """Commit the offsets up to which everything is settled."""
        reached = self._processor.hand.offsets()
        offsets = {place: offset for place, offset in reached.items() if self._committed.get(place) != offset}
        if not offsets:
            return
        if not await self._consumer.commit(offsets):
            logger().info("consumer.offsets_not_mine", group=self._group)
        self._committed |= offsets

    def _beat(self) -> None:
        self._progress.beat(self._group, has_work=bool(self._processor.hand))
        metrics.CONSUMER_PROGRESS.labels(group=self._group).set_to_current_time()

    async def _finish_in_hand(self) -> None:
        """Before partitions are given back: wait, within a bound, for the batch in hand."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS), self._in_hand:
                self._expected.clear()
                self._committed.clear()
                self._processor.hand.clear()
        except TimeoutError:
            logger().warning("consumer.revoked_in_mid_batch", group=self._group)

    def _notice_gaps(self, records: Sequence[Record]) -> None:
        """Offsets of these topics have no holes; one means that records expired before they were read."""
        for record in records:
            expected = self._expected.get(record.topic_partition, record.offset)
            if record.offset > expected:
                logger().error(
                    "consumer.records_lost",
                    group=self._group,
                    topic=record.topic,
                    partition=record.partition,
                    count=record.offset - expected,
                )
            self._expected[record.topic_partition] = record.offset + 1

    async def _measure_lag(self) -> None:
        now = time.monotonic()
        if now < self._next_lag_at:
            return
        self._next_lag_at = now + LAG_EVERY_SECONDS
        behind = dict.fromkeys(self._topics, 0)
        for partition, lag in (await self._consumer.lag()).items():
            behind[partition.topic] = behind.get(partition.topic, 0) + lag
        for topic, held in self._processor.hand.by_topic().items():
            behind[topic] = behind.get(topic, 0) + held
        for topic, lag in behind.items():
            metrics.CONSUMER_LAG.labels(group=self._group, topic=topic).set(lag)
            self._measure_standstill(topic, lag=lag, now=now)
        is_behind = any(behind.values())
        if is_behind and not self._processor.hand and now - self._last_record_at > STUCK_AFTER_SECONDS:
            raise ConsumerStuck(f"{sum(behind.values())} records wait and none has come")
        if not is_behind:
            self._last_record_at = now

    def _measure_standstill(self, topic: str, *, lag: int, now: float) -> None:
        """Nothing waits, or something does and nothing was handled since the last time: then the age grows."""
        newest = self._processor.hand.newest_settled.get(topic)
        reached, since = self._reached.setdefault(topic, (newest, now))
        if not lag or newest != reached:
            self._reached[topic] = (newest, now)
        if not lag or newest == reached:
            seconds = now - since if lag else 0.0
            metrics.CONSUMER_LAG_SECONDS.labels(group=self._group, topic=topic).set(seconds)

    def _measure_age(self) -> None:
        """Of the topics of which something was handled; the age of another one's newest record is no lag."""
        for topic, stamp in self._processor.hand.newest_settled.items():
            if self._aged.get(topic) != stamp:
                self._aged[topic] = stamp
                age = max(0.0, time.time() - stamp / 1000)
                metrics.CONSUMER_LAG_SECONDS.labels(group=self._group, topic=topic).set(age)
