"""How a planned fault is played and mended; one at a time on each target.

What is told of a fault is what was seen: an armed process that did not die, or a disk that may not be mounted, is said
to be so. A service that was ended is started again as an orchestrator does, until it is ready.
"""

import asyncio
import contextlib
import os
import signal
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import httpx2
import psutil

from operate.errors import OperatorError
from operate.runtime.http_process import HttpProcess
from operate.runtime.kafka import Kafka
from operate.runtime.postgres import Postgres
from shared.kernel.clock import OFFSET_VARIABLE
from tests.chaos.suite.plan import SERVERS, SINKS, Planned
from tests.chaos.suite.system import System
from tests.support.another import another

SLOW_SECONDS: Final = {"postgres": 0.03, "kafka": 0.15, "erp": 0.5, "mail": 0.5}
"""How long every chunk is held back: a request has a dozen statements, and each of them two chunks."""
_MANY: Final = 1_000_000
_POLL_SECONDS: Final = 0.02
_WATCH_SECONDS: Final = 0.5
_STARTS: Final = 10
NOT_PLAYED: Final = "not played"


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """A service that was started again: when, and the seconds until its API answered. Instants are Unix time."""

    service: str
    at: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A fault as it went. `said` is empty, or what else was seen; instants are Unix time."""

    planned: Planned
    began: float
    ended: float
    said: str = ""


@dataclass(slots=True)
class Faults:
    """Plays faults on a system, and remembers them and the restarts that followed."""

    system: System
    http: httpx2.AsyncClient
    played: list[Played] = field(default_factory=list)
    restarts: list[Restart] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    """Services and sinks that ended without a fault of their own."""
    _locks: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def play(self, planned: Planned) -> Played:
        """One fault, from its beginning until its target runs again as usual."""
        kind = _KINDS[planned.fault]
        async with self._locks[planned.target]:
            began = time.time()
            try:
                said = await kind(self, planned)
            except (OperatorError, psutil.Error, httpx2.HTTPError) as error:
                said = f"{type(error).__name__}: {error}".partition("\n")[0]
            done = Played(planned=planned, began=began, ended=time.time(), said=said)
        self.played.append(done)
        return done

    async def watch(self) -> None:
        """Start again, as an orchestrator does, what has ended by itself; until cancelled."""
        while True:
            for name, process in self.system.processes.items():
                if not process.daemon.is_running and not self._locks[name].locked():
                    async with self._locks[name]:
                        self.ended.append(name)
                        await self._start(name)
            await asyncio.sleep(_WATCH_SECONDS)

    async def kill(self, planned: Planned) -> str:
        """SIGKILL, and another start after the planned time."""
        part = self._part(planned.target)
        await asyncio.to_thread(part.kill)
        await asyncio.sleep(planned.seconds)
        await self._start(planned.target)
        return ""

    async def failpoint(self, planned: Planned) -> str:
        """The service restarted so that it kills itself at the point, and started again when it has."""
        process = self.system.processes[planned.target]
        usual = self.system.environment(planned.target)
        await asyncio.to_thread(process.stop)
        await asyncio.to_thread(process.launch, usual | {"REDRESS_FAILPOINT": planned.detail})
        await asyncio.to_thread(_until_ready_or_dead, process)
        has_died = await _seen(lambda: not process.daemon.is_running, within=planned.seconds)
        if not has_died:
            await asyncio.to_thread(process.stop)
        await self._start(planned.target)
        return "" if has_died else "the point was not reached"

    async def stop(self, planned: Planned) -> str:
        """SIGSTOP, and SIGCONT after the planned time."""
        with _stopped(self._part(planned.target).daemon.pid):
            await asyncio.sleep(planned.seconds)
        return ""

    async def join(self, planned: Planned) -> str:
        """A further worker for the planned time; every second one leaves by SIGKILL."""
        environment = self.system.environment(planned.target) | {"REDRESS_ROLE": "worker"}
        worker = another(self.system, planned.target, **environment)
        async with _in_thread(worker) as process:
            await asyncio.sleep(planned.seconds)
            if planned.number % 2:
                await asyncio.to_thread(process.kill)
        return ""

    async def clock(self, planned: Planned) -> str:
        """The service restarted with another clock, and again with the usual one."""
        process, usual = self.system.processes[planned.target], self.system.environment(planned.target)
        moved = usual | {OFFSET_VARIABLE: planned.detail.removesuffix(" s")}
        await asyncio.to_thread(process.stop)
        await self._start(planned.target, moved)
        await asyncio.sleep(planned.seconds)
        await asyncio.to_thread(process.stop)
        await self._start(planned.target)
        return ""

    async def cut(self, planned: Planned) -> str:
        """Every connection broken off, and none made, for the planned time."""
        return await self._through_proxy(planned, self.system.proxies[planned.target].cut)

    async def hold(self, planned: Planned) -> str:
        """Connections and bytes taken and not passed on for the planned time."""
        return await self._through_proxy(planned, self.system.proxies[planned.target].freeze)

    async def slow(self, planned: Planned) -> str:
        """Every chunk held back for the planned time."""
        proxy = self.system.proxies[planned.target]
        return await self._through_proxy(planned, partial(proxy.slow, SLOW_SECONDS[planned.target]))

    async def fill(self, planned: Planned) -> str:
        """PostgreSQL's file system full for the planned time; a server that ended of it is started again."""
        disk, postgres = self.system.disk, self.system.stack.postgres
        if disk is None:
            return f"{NOT_PLAYED}: mounting a file system is not permitted here"
        await asyncio.to_thread(disk.fill)
        await asyncio.sleep(planned.seconds)
        await asyncio.to_thread(disk.free)
        has_ended = not postgres.daemon.is_running
        await self._start("postgres")
        return "the server ended" if has_ended else ""

    async def lie(self, planned: Planned) -> str:
        """The ERP or the mail server does what `detail` says, for the planned time."""
        name = "organisation" if planned.target == "erp" else "recipient"
        url = f"{self._part(planned.target).url}/faults"
        body: dict[str, Any] = {name: "*", "kind": planned.detail}
        (await self.http.post(url, json=body | {"times": _MANY})).raise_for_status()
        await asyncio.sleep(planned.seconds)
        (await self.http.post(url, json=body | {"times": 0})).raise_for_status()
        return ""

    async def _through_proxy(self, planned: Planned, disturb: Callable[[], None]) -> str:
        disturb()
        await asyncio.sleep(planned.seconds)
        self.system.proxies[planned.target].mend()
        return ""

    def _part(self, target: str) -> Any:
        servers: dict[str, Postgres | Kafka] = {
            "postgres": self.system.stack.postgres,
            "kafka": self.system.stack.kafka,
        }
        return servers.get(target) or self.system.processes[target]

    async def _start(self, target: str, environment: dict[str, str] | None = None) -> None:
        """Until it is ready, however often that takes; a service's restart is remembered."""
        part = self._part(target)
        is_service = target not in (*SERVERS, *SINKS)
        at = time.time()
        given = (environment or self.system.environment(target),) if is_service else ()
        await _persevering(partial(part.start, *given))
        if is_service:
            self.restarts.append(Restart(service=target, at=at, seconds=time.time() - at))


_KINDS: Final[dict[str, Callable[[Faults, Planned], Awaitable[str]]]] = {
    "kill": Faults.kill,
    "failpoint": Faults.failpoint,
    "stop": Faults.stop,
    "freeze": Faults.stop,
    "join": Faults.join,
    "clock": Faults.clock,
    "cut": Faults.cut,
    "hold": Faults.hold,
    "slow": Faults.slow,
    "fill": Faults.fill,
    "lie": Faults.lie,
}


async def _persevering(start: Callable[[], None]) -> None:
    """A process that needs what is frozen or dead ends or is not ready in time, and is started again."""
    for left in reversed(range(_STARTS)):
        try:
            await asyncio.to_thread(start)
        except OperatorError:
            if not left:
                raise
            await asyncio.sleep(1)
        else:
            break


def _until_ready_or_dead(process: HttpProcess) -> None:
    with contextlib.suppress(OperatorError):
        process.wait_ready()


@contextmanager
def _stopped(pid: int) -> Iterator[None]:
    """SIGSTOP to the process and its children; SIGCONT to all of them at the end."""
    parent = psutil.Process(pid)
    os.kill(pid, signal.SIGSTOP)
    tree = [parent, *parent.children(recursive=True)]
    try:
        for process in tree[1:]:
            with contextlib.suppress(psutil.Error):
                process.suspend()
        yield
    finally:
        for process in tree:
            with contextlib.suppress(psutil.Error):
                process.resume()


@contextlib.asynccontextmanager
async def _in_thread(worker: AbstractContextManager[HttpProcess]) -> Any:
    """Enter and leave without holding up the loop."""
    process = await asyncio.to_thread(worker.__enter__)
    try:
        yield process
    finally:
        await asyncio.to_thread(worker.__exit__, None, None, None)


async def _seen(check: Callable[[], bool], *, within: float) -> bool:
    end = time.monotonic() + within
    while not check():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(_POLL_SECONDS)
    return True
