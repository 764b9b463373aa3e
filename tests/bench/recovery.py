"""What follows a fault: how many answers a second there are again, and when the backlog is gone.

*Stopped*: 64 clients of eight organisations register cases at intake, each as soon as the one before is answered; a
client that has no answer after two seconds ends its connection and repeats under the same key (a retry storm). Intake
is stopped (SIGSTOP) for ten seconds and goes on.

*Broker gone*: complaints are registered at a steady rate and the broker is stopped for a minute. The backlog is gone
when every service has handled what was published meanwhile.
"""

import asyncio
import os
import signal
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg

from operate.runtime.databases import SERVICES
from operate.runtime.stack import Stack
from operate.scenarios.stack import of_running
from tests.bench.database_work import Observer
from tests.bench.load import exchange
from tests.bench.organisation import Customerwise, on_the_real_clock

CLIENTS, ORGANISATIONS = 64, 8
PATIENCE: Final = 2.0
"""Seconds after which a client repeats."""
BEFORE, STOPPED, AFTER = 20, 10, 40
"""Seconds of load before the stop, of the stop, and after it."""
AIM_SECONDS: Final = 5
"""Four fifths of the answers a second of before are there again within it."""
PER_SECOND, GONE = 20, 60
"""Registrations a second while the broker is gone, and for how many seconds it is."""
AIM_OF_BACKLOG: Final = 1.0
"""The backlog of a minute is gone within a minute, while new complaints come at the same rate."""
_SETTLE: Final = 5
_SERVED: Final = 201
_WAITING: Final = "SELECT " + " OR ".join(f"EXISTS (SELECT FROM {service}.outbox)" for service in SERVICES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Answers a second before the stop and in each second after it; `recovered` is the second from which they stay."""

    name: str
    before: float
    after: list[int]
    refused: int
    repeated: int

    @property
    def recovered(self) -> int | None:
        """The first second after the stop from which on five seconds have four fifths of the answers of before."""
        for second in range(len(self.after) - 4):
            if statistics.mean(self.after[second : second + 5]) >= 0.8 * self.before:
                return second
        return None

    @property
    def met(self) -> bool:
        return self.recovered is not None and self.recovered <= AIM_SECONDS

    def line(self) -> str:
        again = f"again after {self.recovered} s" if self.recovered is not None else "NOT again"
        return (
            f"{self.name:<44}{self.before:.0f} answers/s before, {again}"
            f" ({', '.join(str(count) for count in self.after[:15])} in the first 15 s);"
            f" {self.repeated} repeated for want of an answer, {self.refused} refused,"
            f" aim four fifths within {AIM_SECONDS} s: {'met' if self.met else 'MISSED'}"
        )

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "recovered": self.recovered, "met": self.met}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Seconds until the backlog was gone after the broker came back, of how many registrations."""

    name: str
    registered: int
    refused: int
    seconds: float

    @property
    def met(self) -> bool:
        return not self.refused and self.seconds <= AIM_OF_BACKLOG * GONE

    def line(self) -> str:
        return (
            f"{self.name:<44}{self.registered} registered meanwhile, {self.refused} refused; handled everywhere"
            f" {self.seconds:.1f} s after it came back, aim {AIM_OF_BACKLOG * GONE:.0f} s: {'met' if self.met else 'MISSED'}"
        )

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "met": self.met}


async def measure(stack: Stack) -> list[Stopped | Gone]:
    """One after the other, on one stack."""
    callers = [await on_the_real_clock(stack) for _ in range(ORGANISATIONS)]
    stopped = await _stopped(stack, callers)
    await of_running(stack).all_read()
    return [stopped, await _gone(stack, callers)]


@dataclass(slots=True)
class _Storm:
    """Clients that repeat; `served` are the instants of the answers 201."""

    served: list[float]
    refused: int = 0
    repeated: int = 0

    async def client(self, caller: Customerwise, number: int, end: float) -> None:
        turn = 0
        while time.perf_counter() < end:
            turn += 1
            await self.until_served(caller, caller.request(turn * CLIENTS + number), end)

    async def until_served(self, caller: Customerwise, request: bytes, end: float) -> None:
        """Send it until it is served, or `end`: over a connection of its own each time, as clients have one that have given up the last."""
        parts = urlsplit(caller.url)
        while time.perf_counter() < end:
            try:
                async with asyncio.timeout(PATIENCE):
                    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
                    try:
                        answered = await exchange(reader, writer, request)
                    finally:
                        writer.close()
            except (TimeoutError, OSError, asyncio.IncompleteReadError):
                self.repeated += 1
                continue
            if answered.status == _SERVED:
                self.served.append(time.perf_counter())
                return
            self.refused += 1
            await asyncio.sleep(_retry_after(answered.head))


async def _stopped(stack: Stack, callers: Sequence[Customerwise]) -> Stopped:
    storm = _Storm([])
    began = time.perf_counter()
    end = began + BEFORE + STOPPED + AFTER
    clients = [
        asyncio.create_task(storm.client(callers[number % ORGANISATIONS], number, end)) for number in range(CLIENTS)
    ]
    await asyncio.sleep(BEFORE)
    before = [at for at in storm.served if at >= began + _SETTLE]
    async with _still(stack, "intake"):
        await asyncio.sleep(STOPPED)
    went_on = time.perf_counter()
    await asyncio.gather(*clients)
    seconds = [0] * AFTER
    for at in storm.served:
        if 0 <= (second := int(at - went_on)) < AFTER and at >= went_on:
            seconds[second] += 1
    return Stopped(
        name=f"intake stopped for {STOPPED} s under {CLIENTS} clients",
        before=len(before) / (BEFORE - _SETTLE),
        after=seconds,
        refused=storm.refused,
        repeated=storm.repeated,
    )


async def _gone(stack: Stack, callers: Sequence[Customerwise]) -> Gone:
    storm = _Storm([])
    end = time.perf_counter() + GONE + 600
    registered = 0
    async with _still(stack, "kafka"):
        until, running = time.perf_counter() + GONE, []
        while time.perf_counter() < until:
            caller = callers[registered % ORGANISATIONS]
            running.append(asyncio.create_task(storm.until_served(caller, caller.request(registered), end)))
            registered += 1
            await asyncio.sleep(1 / PER_SECOND)
    came_back = time.perf_counter()
    await asyncio.gather(*running)
    await _all_handled(stack)
    return Gone(
        name=f"broker gone for {GONE} s at {PER_SECOND} registrations/s",
        registered=registered,
        refused=storm.refused,
        seconds=time.perf_counter() - came_back,
    )


async def _all_handled(stack: Stack) -> None:
    """Return when every outbox is empty and every consumer has read what the topics hold."""
    connection: Any = await asyncpg.connect(Observer(stack).url)
    try:
        while True:
            await of_running(stack).all_read()
            if not await connection.fetchval(_WAITING):
                return
            await asyncio.sleep(0.1)
    finally:
        await connection.close()


@asynccontextmanager
async def _still(stack: Stack, name: str) -> AsyncIterator[None]:
    """The process is stopped, and goes on afterwards whatever happens."""
    pid = stack.state.processes[name].pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def _retry_after(head: bytes) -> float:
    found = head.lower().partition(b"retry-after: ")[2].partition(b"\r\n")[0]
    return float(found) if found else 0.5
