"""Processes of a service tell each other of commits: a loop at rest does not wait for its next poll."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from shared.platform import loops, notices, watch
from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading
from shared.platform.loops import Pace, supervised
from shared.platform.notices import Notices
from shared.platform.progress import Progress
from shared.platform.watch import Question, Watch
from shared.platform.worker import Worker
from tests.support.memory_broker import MemoryBroker
from tests.support.probe import Notebook, a_note, handled, publish

HOUR = 3600.0


@pytest.fixture(autouse=True)
def _polls_are_an_hour_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """What happens within the time of a test is not found by a poll."""
    monkeypatch.setattr(watch, "POLL_SECONDS", HOUR)
    monkeypatch.setattr(watch, "POLL_UNHEARD_SECONDS", HOUR)
    monkeypatch.setattr(loops, "RESTART_FIRST_SECONDS", 0.01)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def process(db: Database, *, heard: Callable[[], None] | None = None) -> AsyncIterator[Notices]:
    """The notices of a process that is connected."""
    stop = asyncio.Event()
    one = Notices(db, stop=stop)
    one.heard = heard
    task = asyncio.create_task(supervised("notices", one.run, stop=stop, progress=Progress()))
    try:
        if heard is not None:
            await until(lambda: one.are_heard)
        yield one
    finally:
        stop.set()
        await asyncio.wait_for(task, 20)


async def test_a_worker_at_rest_publishes_what_another_process_committed(db: Database) -> None:
    stop, other = asyncio.Event(), db.apart()
    worker = Worker(service="probe", db=db, broker=MemoryBroker(), handlers=Notebook().handlers)
    running = asyncio.create_task(worker.run(stop=stop, progress=Progress()))
    async with process(other) as telling:
        other.tell_others = telling.tell
        for version in (1, 2):
            await publish(other, a_note("a", version))
            async with asyncio.timeout(20):
                while len(await handled(db)) < version:
                    await asyncio.sleep(0.02)
    stop.set()
    await asyncio.wait_for(running, 20)
    await other.dispose()
    assert await handled(db) == ["a-1", "a-2"]


async def test_a_process_does_not_hear_itself(db: Database) -> None:
    heard: list[str] = []
    hears_first, hears_second = (lambda: heard.append("first")), (lambda: heard.append("second"))
    async with process(db, heard=hears_first) as first, process(db, heard=hears_second):
        heard.clear()
        first.tell()
        await until(lambda: bool(heard))
    assert heard == ["second"]


async def test_one_notice_stands_for_all_commits_of_its_time(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first is told at once; the other 99 come within the time that follows it, and are told together."""
    monkeypatch.setattr(notices, "EVERY_SECONDS", 0.5)
    heard: list[int] = []
    async with process(db, heard=lambda: heard.append(1)), process(db) as telling:
        heard.clear()
        telling.tell()
        await until(lambda: len(heard) == 1)
        for _ in range(99):
            telling.tell()
        await until(lambda: len(heard) == 2)
        telling.tell()
        await until(lambda: len(heard) == 3)
    assert len(heard) == 3


async def test_after_its_connection_was_ended_a_process_hears_again(db: Database) -> None:
    heard: list[int] = []
    async with process(db, heard=lambda: heard.append(1)) as listening, process(db) as telling:
        async with reading(db) as tx:
            await tx.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'"
                    " AND usename = current_user"
                )
            )
        await until(lambda: not listening.are_heard)
        await until(lambda: listening.are_heard)
        heard.clear()
        telling.tell()
        await until(lambda: bool(heard))


async def test_a_loop_is_woken_when_its_time_has_come(db: Database) -> None:
    """It is due 0.3 s after the watch began; the next poll would come an hour later."""
    stop = asyncio.Event()
    pace = Pace(stop=stop, idle_seconds=HOUR)
    async with reading(db) as tx:
        [(due,)] = await tx.rows("SELECT (clock_timestamp() + interval '0.3 s')::text")
    asks = f"SELECT extract(epoch FROM '{due}'::timestamptz - clock_timestamp())::float8"
    looking = Watch(db, [Question(asks=asks, pace=pace)], notices=Notices(db, stop=stop), stop=stop)
    resting = asyncio.create_task(pace.rest(did_work=False))
    await asyncio.sleep(0)
    watching = asyncio.create_task(looking.run())
    assert await asyncio.wait_for(resting, 20)
    async with reading(db) as tx:
        [(is_over,)] = await tx.rows(f"SELECT clock_timestamp() >= '{due}'::timestamptz")
    stop.set()
    await asyncio.wait_for(watching, 20)
    assert is_over
