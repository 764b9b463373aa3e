"""Real servers that are frozen, killed and restarted under a running worker: nothing lost, nothing doubled."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from operate.progress import say_nothing
from operate.runtime.kafka import Kafka
from operate.runtime.ports import is_free
from operate.runtime.postgres import Postgres, PostgresSettings
from operate.runtime.postgres_place import find_place
from operate.runtime.topics import Topic, ensure_topics
from shared.contracts import topics
from shared.contracts.envelope import Contract
from shared.kernel.ids import new_id
from shared.platform.db.engine import Database, connect
from shared.platform.db.transaction import DatabaseUnavailable
from shared.platform.kafka.aio import AioBroker
from shared.platform.kafka.tuning import Tuning
from shared.platform.observability.metrics import OUTBOX_DUPLICATES_POSSIBLE
from shared.platform.worker import Progress, Worker
from tests.support.probe import KERNEL, Notebook, NoteMadeV1, a_note, count, handled, prepare, publish
from tests.support.samples import values

FAST = Tuning(
    session_timeout_ms=6_000, heartbeat_interval_ms=500, rebalance_timeout_ms=10_000, stop_timeout_seconds=1.0
)


def apart(topic: str) -> type[NoteMadeV1]:
    class ApartV1(NoteMadeV1):
        TOPIC: ClassVar[str] = topic

    return ApartV1


@pytest.fixture
async def contract(kafka_server: Kafka) -> type[NoteMadeV1]:
    name = f"probe.{new_id()}.v1"
    wanted = [Topic(name=topic, partitions=4, retention_hours=1) for topic in (name, topics.REGISTRY)]
    await ensure_topics(kafka_server.bootstrap_servers, wanted)
    return apart(name)


@asynccontextmanager
async def working(db: Database, kafka: Kafka, contract: type[NoteMadeV1], notebook: Notebook) -> AsyncIterator[None]:
    handlers: dict[type[Contract], object] = {contract: notebook.note}
    worker = Worker(
        service=f"probe-{new_id()}",
        db=db,
        broker=AioBroker(kafka.bootstrap_servers, tuning=FAST),
        handlers=handlers,  # type: ignore[arg-type]
    )
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop=stop, progress=Progress()))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 25)


async def note(db: Database, contract: type[NoteMadeV1], *versions: int) -> None:
    await publish(db, *(replace(a_note("a", version), data=contract(note=f"a-{version}")) for version in versions))


async def published_in_vain() -> None:
    """Return when the relay has waited for an acknowledgement and given up."""
    before = values(OUTBOX_DUPLICATES_POSSIBLE)
    async with asyncio.timeout(30):
        while values(OUTBOX_DUPLICATES_POSSIBLE) == before:
            await asyncio.sleep(0.05)


async def until(db: Database, last: int, seconds: float = 60) -> None:
    expected = [f"a-{version}" for version in range(1, last + 1)]
    deadline, found = time.monotonic() + seconds, list[str]()
    while found != expected and time.monotonic() < deadline:
        with contextlib.suppress(DatabaseUnavailable):
            found = await handled(db)
        await asyncio.sleep(0.1)
    assert found == expected


async def test_a_frozen_broker_delays_and_doubles_nothing(
    db: Database, kafka_server: Kafka, contract: type[NoteMadeV1]
) -> None:
    record = kafka_server.daemon.record
    assert record is not None
    async with working(db, kafka_server, contract, Notebook()):
        await note(db, contract, 1)
        await until(db, 1)
        os.kill(record.pid, signal.SIGSTOP)
        try:
            await note(db, contract, 2, 3)
            await published_in_vain()
            assert await count(db, KERNEL.outbox) == 2
        finally:
            os.kill(record.pid, signal.SIGCONT)
        await until(db, 3)
        await note(db, contract, 4)
        await until(db, 4)


async def test_a_killed_broker_loses_nothing(db: Database, kafka_server: Kafka, contract: type[NoteMadeV1]) -> None:
    async with working(db, kafka_server, contract, Notebook()):
        await note(db, contract, 1)
        await until(db, 1)
        kafka_server.kill()
        await note(db, contract, 2, 3)
        await asyncio.to_thread(kafka_server.start)
        await note(db, contract, 4)
        await until(db, 4)


async def test_a_worker_ends_in_time_while_the_broker_is_frozen(
    db: Database, kafka_server: Kafka, contract: type[NoteMadeV1]
) -> None:
    record = kafka_server.daemon.record
    assert record is not None
    try:
        async with asyncio.timeout(28), working(db, kafka_server, contract, Notebook()):
            await note(db, contract, 1)
            await until(db, 1)
            os.kill(record.pid, signal.SIGSTOP)
            await note(db, contract, 2)
    finally:
        os.kill(record.pid, signal.SIGCONT)
    assert await count(db, KERNEL.outbox) == 1


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[Postgres]:
    port = next(port for port in range(31_500, 31_600) if is_free(port))
    server = Postgres(
        find_place(tmp_path / "pg", say=say_nothing),
        PostgresSettings(port=port, password="test", log=tmp_path / "log"),
    )
    server.start()
    yield server
    server.remove_data()


async def test_a_database_that_is_killed_and_started_loses_nothing(
    own_postgres: Postgres, kafka_server: Kafka, contract: type[NoteMadeV1]
) -> None:
    prepare(own_postgres.url)
    db = connect(own_postgres.url, kernel=KERNEL, application_name="probe")
    notebook = Notebook()
    async with working(db, kafka_server, contract, notebook):
        await note(db, contract, 1)
        await until(db, 1)
        await note(db, contract, 2, 3)
        own_postgres.kill()
        with pytest.raises(DatabaseUnavailable):
            await note(db, contract, 99)
        await asyncio.to_thread(own_postgres.start)
        await note(db, contract, 4)
        await until(db, 4)
        assert await count(db, KERNEL.parked_key) == 0
    await db.dispose()
