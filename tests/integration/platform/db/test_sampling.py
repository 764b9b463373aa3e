"""What is true of the database is exported by one process: it leads while its connection holds, and drops what it knew."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from sqlalchemy import insert, text

from shared.kernel.clock import SystemClock
from shared.kernel.ids import new_id
from shared.platform.db.engine import Database
from shared.platform.db.transaction import DatabaseUnavailable, Transaction, reading
from shared.platform.observability import metrics
from shared.platform.observability.declaring import Catalogue, Sampled, gauge
from shared.platform.observability.exposition import exposition, registry_of
from shared.platform.progress import Progress
from shared.platform.samples import PLATFORM_SAMPLES
from shared.platform.sampling import Sample, Sampler, lead_of
from tests.support.eventually import eventually
from tests.support.probe import KERNEL, NOON, ORG, a_note, publish
from tests.support.samples import take, values


class Process:
    """The part of a process that samples: gauges of its own, as the processes of a service have."""

    def __init__(self, db: Database, name: str, *, of_database: bool = False) -> None:
        self.db = db
        self.gauge = gauge(f"redress_{name}_pending", "X.")
        self.gauges = Sampled(f"of_{name}", self.gauge, of_database=of_database)
        self.question = "SELECT 7"
        self.asked = 0
        self.now = 1000.0
        self.sampler = Sampler(
            db, [Sample(gauges=self.gauges, measure=self.measure, every_seconds=15.0)], monotonic=lambda: self.now
        )
        self.registry: CollectorRegistry = registry_of([Catalogue(samples=(self.gauges,))])

    async def measure(self, tx: Transaction) -> None:
        self.asked += 1
        [(number,)] = await tx.rows(self.question)
        self.gauge.set(number)

    async def is_exporting(self) -> None:
        async def seen() -> bool:
            return self.exported == ["7.0"]

        await eventually(seen)

    @property
    def exported(self) -> list[str]:
        text = exposition(self.registry, None)[0].decode()
        return re.findall(r"^redress_\w+ (\S+)$", text, re.MULTILINE)


@asynccontextmanager
async def sampling(process: Process) -> AsyncIterator[Any]:
    """A connection apart from the pool, as the loop has it."""
    apart = process.db.apart()
    try:
        async with reading(apart) as tx:
            yield tx
    finally:
        process.sampler.withdraw()
        await apart.dispose()


async def test_one_of_two_processes_exports_and_the_other_takes_over(db: Database) -> None:
    first, second = Process(db, "a"), Process(db, "b")
    async with sampling(second) as waiting:
        async with sampling(first) as leading:
            await first.sampler.round(leading)
            await second.sampler.round(waiting)
            assert (first.exported, second.exported) == (["7.0"], [])
        assert first.exported == []
        await second.sampler.round(waiting)
        assert second.exported == ["7.0"]


async def test_a_process_whose_connection_is_ended_exports_nothing(db: Database) -> None:
    process = Process(db, "a")
    stop = asyncio.Event()
    loop = asyncio.create_task(process.sampler.run(stop, Progress()))
    await process.is_exporting()
    assert values(metrics.SAMPLED_AT)[("of_a",)] > 0
    [ended] = await _end_connections(db, "probe-apart")
    assert ended
    with pytest.raises(DatabaseUnavailable):
        async with asyncio.timeout(30):
            await loop
    assert process.exported == []
    assert values(metrics.SAMPLED_AT) == {}


async def test_the_loop_ends_when_it_is_told_and_gives_the_lead_back(db: Database) -> None:
    process, next_one = Process(db, "a"), Process(db, "b")
    stop, progress = asyncio.Event(), Progress()
    loop = asyncio.create_task(process.sampler.run(stop, progress))
    await process.is_exporting()
    assert progress.stalled(after_seconds=-1.0) == {}
    stop.set()
    await loop
    assert process.exported == []
    async with sampling(next_one) as tx:
        await next_one.sampler.round(tx)
        assert next_one.exported == ["7.0"]


async def test_a_sample_that_takes_too_long_is_withdrawn_and_the_lead_kept(db: Database) -> None:
    process = Process(db, "a")
    async with sampling(process) as tx:
        await process.sampler.round(tx)
        assert process.exported == ["7.0"]
        await tx.rows("SET statement_timeout = '20ms'")
        process.question = "SELECT 7 FROM pg_sleep(10)"
        process.now += 15
        before = values(metrics.SAMPLE_FAILURES)[("of_a",)]
        await process.sampler.round(tx)
        assert process.exported == []
        assert values(metrics.SAMPLE_FAILURES)[("of_a",)] == before + 1
        process.question = "SELECT 8"
        process.now += 15
        await process.sampler.round(tx)
        assert process.exported == ["8.0"]


async def test_a_sample_rests_its_interval_or_a_hundred_times_as_long_as_it_took(db: Database) -> None:
    process = Process(db, "a")
    took = 0.0

    async def measure(_tx: Transaction) -> None:
        process.asked += 1
        process.now += took

    process.sampler = Sampler(
        db, [Sample(gauges=process.gauges, measure=measure, every_seconds=15.0)], monotonic=lambda: process.now
    )
    async with sampling(process) as tx:
        await process.sampler.round(tx)
        process.now += 14.9
        await process.sampler.round(tx)
        assert process.asked == 1
        took = 1.0
        process.now += 0.2
        await process.sampler.round(tx)  # begins at 15.1, rests until 115.1
        process.now += 98.9
        await process.sampler.round(tx)
        assert process.asked == 2
        process.now += 0.2
        await process.sampler.round(tx)
        assert process.asked == 3


def test_services_share_the_lead_of_the_database_and_no_other() -> None:
    of_schema = Sample(gauges=Sampled("x"), measure=_nothing)
    of_database = Sample(gauges=Sampled("y", of_database=True), measure=_nothing)
    assert lead_of("sla", of_schema) != lead_of("intake", of_schema)
    assert lead_of("sla", of_database) == lead_of("intake", of_database)
    assert lead_of("sla", of_database) != lead_of("sla", of_schema)


async def _nothing(_tx: Transaction) -> None:
    return


async def test_the_lead_takes_no_connection_of_the_pool(db: Database) -> None:
    process = Process(db, "a")
    stop = asyncio.Event()
    loop = asyncio.create_task(process.sampler.run(stop, Progress()))
    await process.is_exporting()
    assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    stop.set()
    await loop


async def test_the_platforms_samples_count_what_waits(db: Database) -> None:
    await take(db, PLATFORM_SAMPLES)
    assert values(metrics.OUTBOX_PENDING) == {(): 0}
    assert values(metrics.OUTBOX_OLDEST_AGE) == {(): 0}
    assert (values(metrics.DEAD_LETTERS), values(metrics.PARKED_KEYS)) == ({(): 0}, {(): 0})
    await publish(db, a_note("a", 1), a_note("b", 1))
    parked_at = SystemClock().now() - timedelta(minutes=5)
    async with db.engine.begin() as conn:
        await conn.execute(
            insert(KERNEL.parked_key),
            [
                {"org_id": ORG, "consumer": "c", "topic": "t", "key": key, "event_id": new_id(), "code": "x", "error": "x",
                 "parked_at": at}
                for key, at in (("a", parked_at), ("b", SystemClock().now()))
            ],
        )  # fmt: skip
        for state in ("open", "open", "replayed"):
            await conn.execute(
                insert(KERNEL.dead_letter),
                {"dead_letter_id": new_id(), "org_id": ORG, "consumer": "c", "key": "a", "topic": "t", "partition": 0,
                 "record_offset": int(SystemClock().now().timestamp() * 1e6) % 10**9, "headers": [], "code": "x",
                 "error": "x", "state": state, "created_at": NOON},
            )  # fmt: skip
    await take(db, PLATFORM_SAMPLES)
    assert values(metrics.OUTBOX_PENDING) == {(): 2}
    assert 0 < values(metrics.OUTBOX_OLDEST_AGE)[()] < 60
    assert (values(metrics.DEAD_LETTERS), values(metrics.PARKED_KEYS)) == ({(): 2}, {(): 2})
    assert 300 <= values(metrics.PARKED_OLDEST_AGE)[()] < 360
    assert values(metrics.DB_CONNECTIONS)[()] >= 1
    assert values(metrics.DB_CONNECTIONS_MAX)[()] > values(metrics.DB_CONNECTIONS)[()]
    assert values(metrics.DB_SIZE)[()] > 1_000_000


async def test_the_oldest_transaction_of_the_login_is_measured(db: Database) -> None:
    async with db.engine.connect() as conn:
        await conn.execute(text("BEGIN"))
        await conn.execute(text("SELECT 1"))
        await take(db, PLATFORM_SAMPLES)
        assert values(metrics.DB_OLDEST_TRANSACTION)[()] > 0
        await conn.execute(text("ROLLBACK"))


async def _end_connections(db: Database, name: str) -> list[bool]:
    async with reading(db) as tx:
        rows = await tx.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", (name,)
        )
        return [ended for (ended,) in rows]
