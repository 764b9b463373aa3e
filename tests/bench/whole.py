"""Whole complaints, from registration to the archive, at steady rates: what each costs, by process, and what is kept up with.

The steps are the requests of the reference pack's main job, in organisations on the real clock, with its blind
repetitions; the extension is left out, whose days have passed.
"""

import asyncio
import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

import asyncpg
import httpx2
import psutil

from operate.runtime.databases import SERVICES
from operate.runtime.parts import admin_url, database_url
from operate.runtime.stack import Stack
from operate.scenarios.load import load_scenario
from operate.scenarios.organisation import create_organisation, publish
from operate.scenarios.send import Sender
from operate.scenarios.session import Answer, Session
from operate.scenarios.session import Stack as Running
from operate.scenarios.stack import of_running
from operate.scenarios.verb_call import Created

SCENARIO: Final = load_scenario(Path("deploy/policies/laigang/scenarios/main_job.yaml"))
_LEFT_OUT: Final = {"webhook", "request_extension", "decide_extension"}
STEPS: Final = [
    step
    for step in SCENARIO.scenario.steps
    if (verb := step.verb()) and verb.NAME not in _LEFT_OUT and not step.refused
]
ORGANISATIONS: Final = 4
SECONDS: Final = 60.0
RATES: Final = (2, 4, 6, 8, 10, 12, 16, 20)
AIM_RATE, AIM_MS = 16, 120.0
MOST_LAG: Final = 5.0
"""Seconds: 99 of 100 events of the last third of the minute are handled within it, or the rate is not kept up with."""
_PATIENCE: Final = 60.0
_OURS: Final = "load"
_LAGS: Final = " UNION ALL ".join(
    f"SELECT extract(epoch FROM i.received_at - e.created_at)::float8, e.created_at FROM {consumer}.inbox i"
    f" JOIN {producer}.outbox_archive e ON e.id = i.event_id WHERE e.created_at >= $1"
    for consumer in SERVICES
    for producer in SERVICES
    if consumer != producer
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """One minute at a rate: milliseconds of CPU for each complaint by process, seconds of events' lag and of requests."""

    name: str
    rate: int
    complaints: int
    failed: int
    cpu_ms: dict[str, float]
    lag_p50: float
    lag_p99: float
    lag_p99_last: float
    request_p50: float
    request_p99: float
    events: int

    @property
    def is_kept_up_with(self) -> bool:
        return self.lag_p99_last < MOST_LAG and not self.failed

    @property
    def total_ms(self) -> float:
        """Without the generator of the load."""
        return sum(value for part, value in self.cpu_ms.items() if part != _OURS)

    @property
    def met(self) -> bool:
        return self.is_kept_up_with and self.rate >= AIM_RATE and self.total_ms <= AIM_MS

    def line(self) -> str:
        parts = ", ".join(f"{part} {value:.0f}" for part, value in self.cpu_ms.items())
        return (
            f"{self.name:<44}{self.total_ms:.0f} ms of CPU each ({parts}); requests p50 {self.request_p50 * 1000:.0f}"
            f" p99 {self.request_p99 * 1000:.0f} ms; {self.events / max(1, self.complaints):.0f} handlings each, lag p50"
            f" {self.lag_p50 * 1000:.0f} p99 {self.lag_p99 * 1000:.0f} ms, at the end p99 {self.lag_p99_last * 1000:.0f} ms;"
            f" {self.failed} of {self.complaints} failed, {'kept up with' if self.is_kept_up_with else 'NOT kept up with'}"
        )

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "total_ms": self.total_ms, "kept_up": self.is_kept_up_with, "met": self.met}


async def measure(stack: Stack) -> list[Whole]:
    """Rising rates, each for a minute, up to the first that is not kept up with."""
    found = []
    limits = httpx2.Limits(max_connections=400, max_keepalive_connections=400)
    async with httpx2.AsyncClient(trust_env=False, limits=limits) as http:
        load = Load(of_running(stack), http)
        await load.prepare()
        for rate in RATES:
            print(f"         {rate}/s for {SECONDS:.0f} s …", flush=True)
            found.append(await _at(rate, stack, load))
            if not found[-1].is_kept_up_with:
                break
    return found


@dataclass(slots=True)
class Load:
    """Plays complaints; `seconds` are those of every request, `failed` says why complaints ended early."""

    running: Running
    http: httpx2.AsyncClient
    organisations: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    number: int = 0

    async def prepare(self) -> None:
        for number in range(ORGANISATIONS):
            session = self._session("")
            session.organisation = await create_organisation(session, f"bench {number}", None)
            await publish(session, SCENARIO.pack.documents, effective_from=None)
            self.organisations.append(session.organisation)

    async def complaint(self) -> None:
        """One whole complaint, each request as soon as the one before is answered."""
        self.number += 1
        number = self.number
        sender = Sender(self._session(self.organisations[number % ORGANISATIONS]), SCENARIO, Created())
        for place in range(len(STEPS)):
            deadline = time.monotonic() + _PATIENCE
            while (refused := await self._sent(sender, place, number)) is not None:
                # What happens by itself (the payment) is awaited; any other refusal ends the complaint.
                if refused.status != 409 or time.monotonic() > deadline:
                    self.failed.append(f"{place}: {refused.status} {refused.body}")
                    return
                await asyncio.sleep(0.5)

    async def _sent(self, sender: Sender, place: int, number: int) -> Answer | None:
        """The first refusal among the answers to a step."""
        began = time.perf_counter()
        sent = await sender.send(STEPS[place], number * 1000 + place)
        answers = [answer for each in sent for answer in each.answers]
        self.seconds += [(time.perf_counter() - began) / len(answers)] * len(answers)
        return next((answer for answer in answers if answer.refused), None)

    def _session(self, organisation: str) -> Session:
        return Session(self.running, self.http, organisation=organisation, zone=ZoneInfo("Asia/Shanghai"))


async def _at(rate: int, stack: Stack, load: Load) -> Whole:
    load.seconds.clear()
    load.failed.clear()
    database = urlsplit(database_url("intake", stack.state)).path
    connection = await asyncpg.connect(urlunsplit(urlsplit(admin_url(stack.state))._replace(path=database)))
    try:
        since = await connection.fetchval("SELECT clock_timestamp()")
        before, began = _cpu(stack), time.perf_counter()
        count = int(rate * SECONDS)
        await asyncio.gather(*(_later(load, began + number / rate) for number in range(count)))
        await load.running.all_read()
        used = {part: seconds - before.get(part, 0.0) for part, seconds in _cpu(stack).items()}
        lags = await connection.fetch(f"SELECT * FROM ({_LAGS}) AS lag (seconds, at) ORDER BY at", since)
    finally:
        await connection.close()
    for why in sorted(set(load.failed))[:3]:
        print(f"         failed at {why[:300]}", flush=True)
    every = sorted(row["seconds"] for row in lags)
    last = sorted(row["seconds"] for row in lags[len(lags) * 2 // 3 :])
    seconds = sorted(load.seconds)
    return Whole(
        name=f"whole complaints, {rate}/s for {SECONDS:.0f} s",
        rate=rate,
        complaints=count,
        failed=len(load.failed),
        cpu_ms={part: value * 1000 / count for part, value in used.items()},
        lag_p50=statistics.median(every),
        lag_p99=_p99(every),
        lag_p99_last=_p99(last),
        request_p50=statistics.median(seconds),
        request_p99=_p99(seconds),
        events=len(every),
    )


async def _later(load: Load, at: float) -> None:
    await asyncio.sleep(max(0.0, at - time.perf_counter()))
    await load.complaint()


def _p99(ascending: list[float]) -> float:
    return ascending[int((len(ascending) - 1) * 0.99)]


def _cpu(stack: Stack) -> Mapping[str, float]:
    """Seconds of CPU so far: each service, the servers, the sinks together, and this process."""
    used = {_OURS: sum(psutil.Process().cpu_times()[:2])}
    for name, record in stack.state.processes.items():
        part = "sinks" if name in {"mail", "webhook", "erp"} else name
        used[part] = used.get(part, 0.0) + sum(_times(psutil.Process(record.pid)))
    return used


def _times(process: psutil.Process) -> Iterator[float]:
    """Of a process, of its children that have ended, and of those that run."""
    yield from process.cpu_times()[:4]
    for child in process.children(recursive=True):
        try:
            yield from child.cpu_times()[:4]
        except psutil.NoSuchProcess:
            continue
