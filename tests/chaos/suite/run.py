"""One run: complaints, faults among them, calm, and the books of it all.

Before the first fault one complaint of each organisation is played to its end: the others are compared with these.
Once the last fault is over the load goes on for a while, which is where the lag is measured; then all is waited for.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx2

from operate.errors import OperatorError
from operate.runtime.databases import SERVICES
from operate.runtime.embedded import admin_url, database_url
from operate.runtime.stack import Stack
from operate.sinks.book import Book
from tests.bench.whole import ORGANISATIONS, Load
from tests.chaos.suite import rows
from tests.chaos.suite.books import Books, Timing
from tests.chaos.suite.collect import Told, collect
from tests.chaos.suite.faults import Faults, Played
from tests.chaos.suite.load import PATIENCE_SECONDS, Answers, SteadyLoad
from tests.chaos.suite.people import finance, hurry
from tests.chaos.suite.plan import Planned, plan
from tests.chaos.suite.system import System

Say = Callable[[str], None]

_LOOK_SECONDS: Final = 2.0
_SETTLE_SECONDS: Final = 300.0
"""What a killed sender had in hand is taken over when its lease ends, after 60 s; each further loss costs as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A run: `seconds` of faults, one about every `pause`, among `rate` complaints a second; then `calm` with the load.

    The lag is measured from `lag_after` seconds of the calm on. `most_…` are the bounds, in seconds.
    """

    seed: int
    seconds: float
    rate: float
    pause: float
    calm: float
    lag_after: float
    most_lag: float
    most_recovery: float
    most_stop: float


async def run(settings: Settings, system: System, say: Say) -> Books:
    """Play it all and give its books."""
    limits = httpx2.Limits(max_connections=400, max_keepalive_connections=100)
    async with Answers(trust_env=False, limits=limits) as http, administrator(system.stack) as database:
        load = Load(system.running, http, patience=PATIENCE_SECONDS)
        faults = Faults(system, http)
        going = _Run(settings=settings, say=say, http=http, load=load, database=database, faults=faults)
        await going.prepare()
        await going.disturb()
        books = await going.settle()
    return replace(books, timing=replace(books.timing, stops=await stopped(system)))


@asynccontextmanager
async def administrator(stack: Stack) -> AsyncIterator[Any]:
    """An administrator's connections, past the proxy: they are opened when they are needed, for servers are killed."""
    path = urlsplit(database_url(stack, "intake")).path
    url = urlunsplit(urlsplit(admin_url(stack))._replace(path=path))
    pool = await asyncpg.create_pool(url, min_size=0, max_size=2, max_inactive_connection_lifetime=1)
    try:
        yield pool
    finally:
        pool.terminate()


@dataclass(slots=True, kw_only=True)
class _Run:
    """A run that goes on; `calm_at` is when the last fault was over, in Unix time."""

    settings: Settings
    say: Say
    http: Answers
    load: Load
    database: Any
    faults: Faults
    undisturbed: frozenset[str] = frozenset()
    calm_at: float = 0.0
    steady: SteadyLoad = field(init=False)

    def __post_init__(self) -> None:
        self.steady = SteadyLoad(self.load, self.settings.rate)

    @property
    def system(self) -> System:
        """What runs."""
        return self.faults.system

    async def prepare(self) -> None:
        """Organisations, and one undisturbed complaint in each."""
        await self.load.prepare()
        for _ in range(ORGANISATIONS):
            self.steady.begin()
        await self.steady.finish(PATIENCE_SECONDS)
        await until_nothing_is_left(self.database, self.say)
        self.undisturbed = frozenset(each.case_id for each in self.http.accepted)
        self.say(f"{len(self.undisturbed)} undisturbed complaints are over; failed: {self.load.failed}")

    async def disturb(self) -> None:
        """The load with the faults, then with none."""
        settings = self.settings
        planned = plan(settings.seed, seconds=settings.seconds, pause=settings.pause)
        sessions = {org: self.load.session(org) for org in self.load.organisations}
        end = asyncio.Event()
        async with meanwhile(
            finance(sessions, Book(self.system.books["erp"])), self.faults.watch(), self.steady.run(end)
        ):
            await self._play(planned)
            self.calm_at = time.time()
            self.say(f"all faults are over; {settings.calm:.0f} s of calm")
            await asyncio.sleep(settings.calm)
            end.set()
            await self._settled()

    async def settle(self) -> Books:
        """The books, while everything still runs."""
        settings, calm = self.settings, self.calm_at
        with contextlib.suppress(OperatorError):  # what was not read is told by an invariant
            await self.load.running.all_read()
        since, until = _instant(calm + settings.lag_after), _instant(calm + settings.calm)
        async with self.database.acquire() as connection:
            lags = await rows.lags(connection, since=since, until=until)
            told = Told(
                accepted=tuple(self.http.accepted),
                failed=tuple(self.load.failed),
                undisturbed=self.undisturbed,
                played=tuple(self.faults.played),
                restarts=tuple(self.faults.restarts),
                ended_by_themselves=tuple(self.faults.ended),
                timing=Timing(
                    lags=lags,
                    stops={},
                    most_lag=settings.most_lag,
                    most_recovery=settings.most_recovery,
                    most_stop=settings.most_stop,
                ),
            )
            return await collect(self.system, self.load, told, connection)

    async def _play(self, planned: Sequence[Planned]) -> None:
        began = time.monotonic()
        playing: list[asyncio.Task[Played]] = []
        for each in planned:
            await asyncio.sleep(max(0.0, began + each.at - time.monotonic()))
            self.say(f"{each.number}/{len(planned)} {each.name} for {each.seconds:.1f} s")
            playing.append(asyncio.create_task(self.faults.play(each)))
        for done in asyncio.as_completed(playing):
            played = await done
            if played.said:
                self.say(f"{played.planned.number} {played.planned.name}: {played.said}")

    async def _settled(self) -> None:
        """All complaints have ended, and nothing is left to do, or it has taken too long."""
        finishing = asyncio.create_task(self.steady.finish(_SETTLE_SECONDS))
        while not finishing.done():
            async with self.database.acquire() as connection:
                await hurry(connection)
            await asyncio.wait({finishing}, timeout=_LOOK_SECONDS)
        if late := finishing.result():
            self.load.failed.append(f"{late} complaints had not ended {_SETTLE_SECONDS:.0f} s after the last began")
        await until_nothing_is_left(self.database, self.say)


async def until_nothing_is_left(database: Any, say: Say) -> None:
    """Make due what waits for its next try, until nothing waits, or it has taken too long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_SETTLE_SECONDS):
            while True:
                async with database.acquire() as connection:
                    left = {name: count for name, count in (await rows.left(connection)).items() if count}
                    if not left:
                        return
                    await hurry(connection)
                say(f"left: {left}")
                await asyncio.sleep(_LOOK_SECONDS)


@asynccontextmanager
async def meanwhile(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run these beside the block, and cancel at its end those that go on; what failed is raised."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception):
            raise error


async def stopped(system: System) -> dict[str, float]:
    """Seconds until each service and sink has ended after SIGTERM, all asked at once."""

    async def stop(name: str) -> float:
        began = time.monotonic()
        await asyncio.to_thread(system.processes[name].stop)
        return time.monotonic() - began

    names = (*SERVICES, *system.books)
    return dict(zip(names, await asyncio.gather(*map(stop, names)), strict=True))


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
