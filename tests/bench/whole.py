"""Whole complaints, from registration to the archive, at steady rates: what each costs, by process, and what is kept up with.

The steps are the requests of the reference pack's main job, in organisations on the real clock, with its blind
repetitions; the extension is left out, whose days have passed.
"""

import asyncio
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import httpx2
import psutil

from operate.runtime.databases import SERVICES
from operate.runtime.parts import SINKS
from operate.runtime.stack import Stack
from operate.scenarios.format import Step
from operate.scenarios.load import LoadedScenario, load_scenario
from operate.scenarios.organisation import create_organisation, publish
from operate.scenarios.send import Sender
from operate.scenarios.session import Answer, NoAnswer, Session
from operate.scenarios.session import Stack as Running
from operate.scenarios.stack import of_running
from operate.scenarios.verb_call import Created
from tests.bench import bare_complaint
from tests.bench.bare_complaint import Shape
from tests.bench.database_work import Observer
from tests.support.another import InTurn, Settings, in_parts

SCENARIO: Final = load_scenario(Path("deploy/policies/laigang/scenarios/main_job.yaml"))
_LEFT_OUT: Final = {"webhook", "request_extension", "decide_extension"}
ORGANISATIONS: Final = 4
WARM_UP: Final = 20
"""Complaints before the first that is measured."""
SECONDS: Final = 60.0
RATES: Final = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20)
AIM_RATE, AIM_MS = 16, 120.0
MOST_LAG: Final = 5.0
"""Seconds: 99 of 100 events of the last third of the minute are handled within it, or the rate is not kept up with."""
MOST_TO_END: Final = 15.0
"""Seconds after the minute within which the last complaint is at its end; a later end is a backlog among the clients."""
_PATIENCE: Final = 60.0
_OURS: Final = {"load", "sinks"}
_NO_ANSWER: Final = Answer(status=503, body=None, headers={})
"""The client asks again, as after an answer 503."""
MESSAGES: Final = 20
"""Messages of the main job, of which bare statements are made as many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """One minute at a rate: milliseconds of CPU for each complaint by process, seconds of events' lag and of requests.

    `database` is the work of PostgreSQL for each complaint, `bare_ms` the CPU of the bare statements of one.
    """

    name: str
    rate: float
    complaints: int
    requests: int
    failed: int
    overloaded: int
    cpu_ms: dict[str, float]
    handlings: int
    to_end: float
    lag_p50: float
    lag_p99: float
    lag_p99_last: float
    request_p50: float
    request_p99: float
    database: dict[str, float]
    bare_ms: float | None = None

    @property
    def is_kept_up_with(self) -> bool:
        return self.lag_p99_last < MOST_LAG and self.to_end < MOST_TO_END and not self.failed

    @property
    def total_ms(self) -> float:
        """Without the generator of the load and the receivers of mails, webhooks and payments."""
        return sum(value for part, value in self.cpu_ms.items() if part not in _OURS)

    @property
    def met(self) -> bool:
        return self.is_kept_up_with and self.rate >= AIM_RATE and self.total_ms <= AIM_MS

    def line(self) -> str:
        parts = ", ".join(f"{part} {value:.0f}" for part, value in self.cpu_ms.items())
        work = self.database
        ms = self.bare_ms
        bare = "" if ms is None else f"; the bare statements {ms:.0f} ms, {ms / self.total_ms:.2f}"
        return (
            f"{self.name:<44}{self.total_ms:.0f} ms of CPU each ({parts}){bare}; requests p50"
            f" {self.request_p50 * 1000:.0f} p99 {self.request_p99 * 1000:.0f} ms; lag p50 {self.lag_p50 * 1000:.0f}"
            f" p99 {self.lag_p99 * 1000:.0f} ms, at the end p99 {self.lag_p99_last * 1000:.0f} ms; the last ended after {self.to_end:.0f} s; each"
            f" {self.requests / self.complaints:.1f} requests, {work['events']:.0f} events,"
            f" {self.handlings / self.complaints:.0f} handlings, {work['statements']:.0f} statements,"
            f" {work['transactions']:.0f} transactions, {work['wal_bytes'] / 1024:.0f} KiB of log,"
            f" {work['event_bytes'] / 1024:.0f} KiB of events;"
            f" {self.failed} of {self.complaints} failed, {self.overloaded} answers 503 or none, {'kept up with' if self.is_kept_up_with else 'NOT kept up with'}"
        )

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "total_ms": self.total_ms, "kept_up": self.is_kept_up_with, "met": self.met}


async def measure(stack: Stack) -> list[Whole]:
    """Rising rates, each for a minute, up to the first that is not kept up with; then half of the highest kept."""
    return await _measured(stack, of_running(stack), {})


async def measure_in_parts(stack: Stack) -> list[Whole]:
    """The same with two processes for requests and two workers of each service."""
    settings: Settings = {(service, role): [{}] * 2 for service in SERVICES for role in ("api", "worker")}
    with in_parts(stack, settings) as processes:
        asked: dict[str, list[str]] = {
            service: [process.url for process in processes[service, "api"]] for service in SERVICES
        }
        further = {
            f"{service} {role} {number}": process.daemon.pid
            for (service, role), group in processes.items()
            for number, process in enumerate(group)
        }
        return await _measured(stack, replace(of_running(stack), services=InTurn(asked)), further)


async def _measured(stack: Stack, running: Running, further: Mapping[str, int]) -> list[Whole]:
    found: list[Whole] = []
    limits = httpx2.Limits(max_connections=400, max_keepalive_connections=400)
    async with httpx2.AsyncClient(trust_env=False, limits=limits) as http:
        bench = _Bench(stack, Load(running, http), Observer(stack), further)
        await bench.load.prepare()
        await asyncio.gather(*(bench.load.complaint() for _ in range(WARM_UP)))
        await running.all_read()
        await bench.observer.open()
        for rate in RATES:
            found.append(await bench.at(rate))
            if not found[-1].is_kept_up_with:
                break
        if kept := [each for each in found if each.is_kept_up_with]:
            half = await bench.at(kept[-1].rate / 2)
            found.append(replace(half, name=f"{half.name}, half of what is kept up with"))
            found[-2] = replace(found[-2], bare_ms=await bench.bare(kept[-1]))
        await bench.observer.close()
    return found


def steps_of(scenario: LoadedScenario) -> list[Step]:
    """The requests that are played, in their order."""
    verbs = [(step, step.verb()) for step in scenario.scenario.steps if not step.refused]
    return [step for step, verb in verbs if verb and verb.NAME not in _LEFT_OUT]


@dataclass(slots=True)
class Load:
    """Plays complaints; `seconds` are those of every request, `failed` says why complaints ended early.

    `repeated` counts the answers 503 and those that did not come in time. A step is asked for again for `patience`
    seconds. `scenario` is the pack's main job.
    """

    running: Running
    http: httpx2.AsyncClient
    scenario: LoadedScenario = SCENARIO
    organisations: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    repeated: int = 0
    number: int = 0
    patience: float = _PATIENCE
    steps: list[Step] = field(init=False)

    def __post_init__(self) -> None:
        self.steps = steps_of(self.scenario)

    async def prepare(self) -> None:
        for number in range(ORGANISATIONS):
            session = self.session("")
            session.organisation = await create_organisation(session, f"bench {number}", None)
            await publish(session, self.scenario.pack.documents, effective_from=None)
            self.organisations.append(session.organisation)

    async def complaint(self) -> None:
        """One whole complaint, each request as soon as the one before is answered."""
        self.number += 1
        number = self.number
        sender = Sender(self.session(self.organisations[number % ORGANISATIONS]), self.scenario, Created())
        for place in range(len(self.steps)):
            deadline = time.monotonic() + self.patience
            while (refused := await self._sent(sender, place, number)) is not None:
                # What happens by itself (the payment) is awaited, and an overloaded service is asked again when it
                # says, under the same key; any other refusal ends the complaint.
                if refused.status not in {409, 503} or time.monotonic() > deadline:
                    self.failed.append(f"{place}: {refused.status} {refused.body}")
                    return
                self.repeated += refused.status == 503
                await asyncio.sleep(float(refused.headers.get("retry-after", 0.5)))

    async def _sent(self, sender: Sender, place: int, number: int) -> Answer | None:
        """The first refusal among the answers to a step; that a step had no answer in time is one too."""
        began = time.perf_counter()
        try:
            sent = await sender.send(self.steps[place], number * 1000 + place)
        except NoAnswer:
            return _NO_ANSWER
        answers = [answer for each in sent for answer in each.answers]
        self.seconds += [(time.perf_counter() - began) / len(answers)] * len(answers)
        return next((answer for answer in answers if answer.refused), None)

    def session(self, organisation: str) -> Session:
        """Someone's connection to the services, for one organisation."""
        return Session(self.running, self.http, organisation=organisation, zone=ZoneInfo("Asia/Shanghai"))


@dataclass(frozen=True, slots=True)
class _Bench:
    """The running system, the load on it and who counts; `further` are processes beside the stack's."""

    stack: Stack
    load: Load
    observer: Observer
    further: Mapping[str, int]

    async def at(self, rate: float) -> Whole:
        """A minute at `rate` complaints a second."""
        print(f"         {rate:g}/s for {SECONDS:.0f} s …", flush=True)
        load, count = self.load, int(rate * SECONDS)
        load.seconds.clear()
        load.failed.clear()
        load.repeated = 0
        await self.observer.begin()
        before, began = self.cpu(), time.perf_counter()
        await asyncio.gather(*(_later(load, began + number / rate) for number in range(count)))
        to_end = time.perf_counter() - began - SECONDS
        await load.running.all_read()
        used = {part: seconds - before.get(part, 0.0) for part, seconds in self.cpu().items()}
        work = await self.observer.end()
        for why in sorted(set(load.failed))[:3]:
            print(f"         failed at {why[:300]}", flush=True)
        lags, last, seconds = sorted(work.lags), sorted(work.lags[len(work.lags) * 2 // 3 :]), sorted(load.seconds)
        return Whole(
            name=f"whole complaints, {rate:g}/s for {SECONDS:.0f} s",
            rate=rate,
            complaints=count,
            requests=len(seconds),
            failed=len(load.failed),
            overloaded=load.repeated,
            cpu_ms={part: value * 1000 / count for part, value in used.items()},
            handlings=len(lags),
            to_end=to_end,
            lag_p50=statistics.median(lags),
            lag_p99=_p99(lags),
            lag_p99_last=_p99(last),
            request_p50=statistics.median(seconds),
            request_p99=_p99(seconds),
            database=work.each(count),
        )

    async def bare(self, whole: Whole) -> float:
        """Milliseconds of CPU of the bare statements of such a complaint."""
        shape = Shape(
            requests=round(whole.requests / whole.complaints),
            events=round(whole.database["events"]),
            handlings=round(whole.handlings / whole.complaints),
            messages=MESSAGES,
        )

        def cpu() -> float:
            used = self.cpu()
            return used["load"] + used["postgres"]

        return await bare_complaint.measure(self.observer.url, shape, complaints=100, cpu=cpu)

    def cpu(self) -> Mapping[str, float]:
        """Seconds of CPU so far: each service, the servers, the sinks together, and this process."""
        used = {"load": sum(psutil.Process().cpu_times()[:2])}
        own = {name: record.pid for name, record in self.stack.state.processes.items()}
        running = {name: pid for name, pid in (own | dict(self.further)).items() if psutil.pid_exists(pid)}
        for name, pid in running.items():
            part = "sinks" if name in SINKS else name.split()[0]
            used[part] = used.get(part, 0.0) + sum(_times(psutil.Process(pid)))
        return used


async def _later(load: Load, at: float) -> None:
    await asyncio.sleep(max(0.0, at - time.perf_counter()))
    await load.complaint()


def _p99(ascending: list[float]) -> float:
    return ascending[int((len(ascending) - 1) * 0.99)]


def _times(process: psutil.Process) -> Iterator[float]:
    """Of a process, of its children that have ended, and of those that run."""
    yield from process.cpu_times()[:4]
    for child in process.children(recursive=True):
        try:
            yield from child.cpu_times()[:4]
        except psutil.NoSuchProcess:
            continue
