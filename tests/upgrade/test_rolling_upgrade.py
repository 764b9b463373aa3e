"""An upgrade from the previous version while complaints are played and timers fire: nothing is lost, nothing refused.

The order is that of `docs/operating.md`: schemas first, then workers, then api, one process of a service at a time, each
restarted in its place behind a balancer. Two kinds of ends are played: the balancer is told before a process ends, as by an
orchestrator (the previous version's processes), and it notices by `/health/ready` after SIGTERM (this version's).
Complaints of organisations on the real clock end in the books of the chaos suite; scenarios of organisations on
simulated clocks, whose timers fire, are played one after the other meanwhile and count every effect themselves.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import httpx2
import orjson
import pytest

from operate.runtime.http_process import HttpProcess
from operate.scenarios.load import LoadedScenario, load_scenario
from operate.scenarios.run import run_scenario
from operate.scenarios.stack import of_running
from shared.platform.db.migrate import head
from tests.bench.whole import ORGANISATIONS, Load
from tests.chaos.suite.books import Books, Timing
from tests.chaos.suite.collect import Told, collect
from tests.chaos.suite.invariants.catalogue import broken
from tests.chaos.suite.load import SteadyLoad
from tests.chaos.suite.run import administrator, meanwhile, until_nothing_is_left
from tests.chaos.suite.system import System
from tests.upgrade.balancer import Balancer, Client
from tests.upgrade.previous import NoPrevious
from tests.upgrade.system import DRAIN_SECONDS, Landscape, Place, beside, landscape

RATE: Final = 0.3
"""Complaints a second: a part of what two processors carry, for a process that starts takes one of them for seconds."""
PATIENCE: Final = 240.0
SCENARIOS: Final = ("main_job", "departure_in_province")
"""Their clocks warn and are breached, and they end with what is paid and told."""
_TIMERS: Final = frozenset({"clock.warned.v1", "clock.breached.v1"})
_NOT_OF_AN_UPGRADE: Final = frozenset({"lag_is_bounded", "recovery_is_bounded"})
"""Speed: other tests share the machine."""


@dataclass(slots=True, kw_only=True)
class Played:
    """What was played on the landscape, and what is left of it. `phases` are seconds by name."""

    balancer: Balancer
    land: Landscape
    books: Books
    pending: Any
    differences: list[str]
    scenarios: int
    phases: dict[str, float] = field(default_factory=dict)


@pytest.fixture(scope="module")
def land() -> Iterator[Landscape]:
    try:
        with landscape() as running:
            yield running
    except NoPrevious as reason:
        pytest.skip(f"there is no previous version to upgrade from: {reason}")


@pytest.fixture(scope="module")
async def played(land: Landscape) -> Played:
    return await _Upgrade(land).play()


class _Upgrade:
    def __init__(self, land: Landscape) -> None:
        self.land = land
        self.balancer = Balancer(land.addresses())
        self.running = replace(of_running(land.stack), services=self.balancer)
        folder = land.previous.folder / "deploy" / "policies" / "laigang" / "scenarios"
        self.scenarios = [load_scenario(Path(folder / f"{name}.yaml")) for name in SCENARIOS]
        self.differences: list[str] = []
        self.idle = asyncio.Event()
        self.ended = 0
        self.phases: dict[str, float] = {}

    async def play(self) -> Played:
        limits = httpx2.Limits(max_connections=200, max_keepalive_connections=100)
        async with Client(self.balancer, limits=limits) as http, administrator(self.land.stack) as database:
            load = Load(self.running, http, self.scenarios[0], patience=PATIENCE)
            steady, end = SteadyLoad(load, RATE), asyncio.Event()
            async with meanwhile(self.balancer.watch()):
                undisturbed = await self._undisturbed(load, steady, database)
                async with meanwhile(steady.run(end), self._scenarios(end)):
                    pending = await self._upgraded()
                    end.set()
                    late = await steady.finish(PATIENCE)
                    load.failed += [f"{late} complaints did not end"] if late else []
                    await self._no_scenario_goes_on()
                await until_nothing_is_left(database, print)
                await self.running.all_read()
                async with database.acquire() as connection:
                    told = self._told(http, load, undisturbed)
                    books = await collect(self._system(), load, told, connection)
            books = of_organisations(books, load.organisations)
            books = replace(books, timing=replace(books.timing, stops=await self._stopped()))
        return Played(
            balancer=self.balancer,
            land=self.land,
            books=books,
            pending=pending,
            differences=self.differences,
            scenarios=self.ended,
            phases=self.phases,
        )

    async def _undisturbed(self, load: Load, steady: SteadyLoad, database: Any) -> frozenset[str]:
        """One complaint of each organisation, from registration to archive in the previous version."""
        await load.prepare()
        for _ in range(ORGANISATIONS):
            steady.begin()
        assert await steady.finish(PATIENCE) == 0
        await until_nothing_is_left(database, print)
        return frozenset(each.case_id for each in load.http.accepted)  # type: ignore[attr-defined]  # a Client

    async def _scenarios(self, end: asyncio.Event) -> None:
        """One after the other, until the end."""
        try:
            while not end.is_set():
                for loaded in self.scenarios:
                    await self._scenario(loaded)
        finally:
            self.idle.set()

    async def _scenario(self, loaded: LoadedScenario) -> None:
        name, outcome = loaded.file.stem, await run_scenario(loaded, self.running, client=Client(self.balancer))
        found = [f"{name}, line {step.line}: {line}" for step in outcome.steps for line in step.differences]
        self.differences += found or ([] if outcome.passed else [f"{name} was not played to its end"])
        self.ended += 1

    async def _no_scenario_goes_on(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.idle.wait()

    async def _upgraded(self) -> Any:
        """All of the upgrade; what a process of this version says of the schema of the previous one."""
        pending = await self._refused()
        await self._phase("schemas", self.land.prepare())
        await self._phase("workers", self._workers())
        await self._phase("api", self._api())
        await self._phase("this version again", self._again())
        return pending

    async def _phase(self, name: str, work: Any) -> None:
        began = time.monotonic()
        await work
        self.phases[name] = time.monotonic() - began
        print(f"{name}: {self.phases[name]:.0f} s, {self.balancer.journal.requests} requests so far", flush=True)

    async def _refused(self) -> Any:
        """`/health/ready` of a new process, all roles in one, on the previous schema, with its status."""
        service = next(name for name, revision in self.land.previous.heads.items() if revision != head(name))
        process = beside(self.land.new, service, "all")
        await asyncio.to_thread(process.launch)
        try:
            async with httpx2.AsyncClient(trust_env=False) as http, asyncio.timeout(60):
                while (answer := await _answer(http, process)) is None or "worker.waits" not in _said(process):
                    await asyncio.sleep(0.1)
                return answer.status_code, answer.json()["reasons"], _said(process)
        finally:
            await asyncio.to_thread(process.stop)

    async def _workers(self) -> None:
        for places in self.land.one_of_each("worker"):
            await asyncio.gather(*(asyncio.to_thread(place.restart, self.land.new) for place in places))

    async def _api(self) -> None:
        for places in self.land.one_of_each("api"):
            await asyncio.gather(*map(self._told_before, places))

    async def _told_before(self, place: Place) -> None:
        await self.balancer.take_out(place.address)
        await asyncio.to_thread(place.restart, self.land.new)
        await self.balancer.put_back(place.address)

    async def _again(self) -> None:
        """One process for requests of each service once more: the balancer is not told."""
        first, *_ = self.land.one_of_each("api")
        restarting = [asyncio.create_task(asyncio.to_thread(place.restart, self.land.new)) for place in first]
        await asyncio.gather(*(self.balancer.until_out(place.address) for place in first), *restarting)

    def _system(self) -> System:
        processes = {**{place.name: place.process for place in self.land.places}, **self.land.sinks}
        return System(
            stack=self.land.stack,
            running=self.running,
            proxies={},
            processes=processes,
            books=self.land.books,
            disk=None,
        )

    def _told(self, http: Client, load: Load, undisturbed: frozenset[str]) -> Told:
        ended = tuple(place.name for place in self.land.places if not place.process.daemon.is_running)
        timing = Timing(lags=(), stops={}, most_lag=0, most_recovery=0, most_stop=20 + DRAIN_SECONDS)
        return Told(
            accepted=tuple(http.accepted),
            failed=tuple(load.failed),
            undisturbed=undisturbed,
            played=(),
            restarts=(),
            ended_by_themselves=ended,
            timing=timing,
        )

    async def _stopped(self) -> dict[str, float]:
        """The longest end of each process: those of the upgrade, and the last one, all at once."""

        async def stop(process: HttpProcess) -> float:
            began = time.monotonic()
            await asyncio.to_thread(process.stop)
            return time.monotonic() - began

        last = await asyncio.gather(*(stop(place.process) for place in self.land.places))
        return {place.name: max(*place.stops, seconds) for place, seconds in zip(self.land.places, last, strict=True)}


async def _answer(http: httpx2.AsyncClient, process: HttpProcess) -> httpx2.Response | None:
    try:
        return await http.get(f"{process.url}/health/ready")
    except httpx2.TransportError:
        return None


def _said(process: HttpProcess) -> list[str]:
    """The events in the log of a process so far."""
    lines = process.settings.log.read_text(encoding="utf-8").splitlines()
    return [orjson.loads(line)["event"] for line in lines if line.startswith("{")]


def of_organisations(books: Books, organisations: list[str]) -> Books:
    """The books of the cases of these organisations. Events, payments and messages stay those of all."""
    cases = {case_id: case for case_id, case in books.cases.items() if case.org in organisations}
    return replace(
        books,
        cases=cases,
        copies={
            service: {case_id: copy for case_id, copy in copies.items() if case_id in cases}
            for service, copies in books.copies.items()
        },
        clocks=tuple(clock for clock in books.clocks if clock.case_id in cases),
        views={case_id: view for case_id, view in books.views.items() if case_id in cases},
    )


@pytest.mark.chaos
async def test_no_request_is_refused_and_every_process_answers_some(played: Played) -> None:
    journal, fired = played.balancer.journal, [event for event in played.books.events if event.type in _TIMERS]
    print(
        f"upgrade from {played.land.previous.commit[:12]}: {journal.requests} requests, {len(journal.failures)} failures,"
        f" {len(journal.busy)} put off;"
        f" {len(played.books.cases)} complaints, {played.scenarios} scenarios, {len(played.books.events)} events,"
        f" {len(fired)} timers fired; "
        + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in played.phases.items())
    )
    assert journal.failures[:5] == []
    assert len(journal.busy) <= journal.requests // 200, journal.busy[:5]
    assert journal.requests > 500
    assert min(journal.of[place.address] for place in played.land.places_of("api")) > 20
    assert len(fired) >= 2


@pytest.mark.chaos
async def test_the_books_are_sound_after_an_upgrade(played: Played) -> None:
    found = {name: lines[:5] for name, lines in broken(played.books).items() if lines}
    assert {name: lines for name, lines in found.items() if name not in _NOT_OF_AN_UPGRADE} == {}
    assert len(played.books.cases.keys() - played.books.undisturbed) >= 10, "too little happened to prove anything"


@pytest.mark.chaos
async def test_scenarios_pass_unchanged_during_an_upgrade(played: Played) -> None:
    assert played.differences == []
    assert played.scenarios >= len(SCENARIOS)


@pytest.mark.chaos
async def test_a_new_process_on_the_previous_schema_says_so_and_takes_nothing(played: Played) -> None:
    status, reasons, said = played.pending
    assert (status, reasons) == (503, {"schema": "migrations are pending"})
    assert [event for event in said if event != "http.answered"] == ["service.started", "worker.waits"]
