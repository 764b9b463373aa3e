"""Servers with the schemas of the previous version, and two processes for requests and two workers of each service.

The previous version's own `redress up` makes them, as its operator did. The processes of both versions are started
with this version's settings: a setting that the older one does not know is ignored, and none that it needs is gone.
"""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from operate.progress import say_nothing
from operate.runtime import parts
from operate.runtime.databases import SERVICES
from operate.runtime.embedded import admin_url, bootstrap_servers, database_url
from operate.runtime.http_process import HttpProcess
from operate.runtime.options import options_from
from operate.runtime.parts import SINKS
from operate.runtime.paths import PROJECT, Layout
from operate.runtime.stack import Stack
from tests.chaos.suite.system import keeping
from tests.support.another import described
from tests.support.passable_folder import passable_folder
from tests.upgrade.previous import Previous, lay_out

DRAIN_SECONDS: Final = 5
"""Many times the period of the balancer's looks: other tests share the machine."""
_NUMBER: Final = 2
_ROLES: Final = ("api", "worker")
_SETTINGS: Final = {
    "all": {"REDRESS_POOL_SIZE": "16", "REDRESS_REQUESTS_AT_ONCE": "8"},
    "api": {"REDRESS_POOL_SIZE": "16", "REDRESS_REQUESTS_AT_ONCE": "8", "REDRESS_DRAIN_SECONDS": str(DRAIN_SECONDS)},
    "worker": {"REDRESS_POOL_SIZE": "10", "REDRESS_REQUESTS_AT_ONCE": "2"},
}


@dataclass(frozen=True, slots=True)
class Version:
    """The code that a process runs, as `described` takes it."""

    stack: Stack
    folder: Path
    python: Path

    def part(self, name: str) -> HttpProcess:
        """A service of this version at the stack's servers."""
        layout = Layout(state=self.stack.layout.state, project=self.folder)
        usual = parts.service(name, layout, self.stack.state, say_nothing).settings
        return HttpProcess(replace(usual, argv=(str(self.python), *usual.argv[1:])))


@dataclass(slots=True)
class Place:
    """Where one process of a service runs, of one version after the other; `stops` are the seconds that each end took."""

    service: str
    role: str
    port: int
    process: HttpProcess
    stops: list[float] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.service} {self.role} {self.port}"

    @property
    def address(self) -> str:
        return self.process.url

    def restart(self, version: Version) -> None:
        """End what runs here and start this version; returns when it is ready."""
        began = time.monotonic()
        self.process.stop()
        self.stops.append(time.monotonic() - began)
        self.process = described(version, self.service, self.port, _of(self.role))
        self.process.start()


@dataclass(frozen=True, slots=True, kw_only=True)
class Landscape:
    """What runs: servers and sinks of a stack, and processes in their places."""

    stack: Stack
    previous: Previous
    old: Version
    new: Version
    sinks: Mapping[str, HttpProcess]
    books: Mapping[str, Path]
    places: Sequence[Place]

    def places_of(self, role: str) -> list[Place]:
        return [place for place in self.places if place.role == role]

    def one_of_each(self, role: str) -> list[list[Place]]:
        """The first process of each service, then the second of each."""
        places = self.places_of(role)
        return [places[number::_NUMBER] for number in range(_NUMBER)]

    def addresses(self) -> dict[str, list[str]]:
        """Those of the processes for requests, by service."""
        return {
            service: [place.address for place in self.places_of("api") if place.service == service]
            for service in SERVICES
        }

    async def prepare(self) -> None:
        """`redress prepare` of this version, as its operator runs it."""
        logins = {f"REDRESS_DATABASE_URL_{name.upper()}": database_url(self.stack, name) for name in SERVICES}
        environment = {
            **_plain_environment(),
            **logins,
            "DATABASE_URL": admin_url(self.stack),
            "REDRESS_KAFKA": bootstrap_servers(self.stack),
            "REDRESS_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
            "REDRESS_TOPIC_REPLICATION": "1",
        }
        command = (sys.executable, "-m", "operate.cli", "prepare")
        running = await asyncio.create_subprocess_exec(*command, cwd=PROJECT, env=environment)
        assert await asyncio.wait_for(running.wait(), 120) == 0


@contextmanager
def landscape() -> Iterator[Landscape]:
    """All of it running and ready, in the previous version; all of it is gone afterwards. Raises NoPrevious."""
    with ExitStack() as cleanup:
        root = cleanup.enter_context(passable_folder("upgrade"))
        previous = lay_out(root / "before")
        layout = Layout(state=previous.folder / ".redress", project=previous.folder)
        cleanup.callback(_reset, layout)
        up = [str(previous.python), "-m", "operate.cli", "up", "--servers-only"]
        subprocess.run(up, cwd=previous.folder, env={**_plain_environment(), "REDRESS_MODE": "test"}, check=True)
        stack = Stack(layout, options_from(_plain_environment(), mode="test"))
        old = Version(stack, previous.folder, previous.python)
        books = {name: layout.state / f"{name}.book" for name in SINKS}
        ours = Layout(state=layout.state)
        sinks = {name: keeping(parts.sink(name, ours, stack.state, say_nothing), books[name]) for name in SINKS}
        places = _places(old)
        cleanup.callback(lambda: _together(HttpProcess.stop, [*(place.process for place in places), *sinks.values()]))
        _start([*sinks.values(), *(place.process for place in places)])
        yield Landscape(
            stack=stack,
            previous=previous,
            old=old,
            new=Version(stack, PROJECT, Path(sys.executable)),
            sinks=sinks,
            books=books,
            places=places,
        )


def beside(version: Version, service: str, role: str) -> HttpProcess:
    """One more process of a service, at a port of its own; it is not started."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    return described(version, service, port, _of(role))


def _places(version: Version) -> list[Place]:
    """The first process for requests of a service has the address that the ERP calls back at."""
    kinds = [(service, role, number) for service in SERVICES for role in _ROLES for number in range(_NUMBER)]
    with ExitStack() as held:
        probes = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in kinds]
        free = [int(probe.getsockname()[1]) for probe in probes]
    own = version.stack.state.ports
    ports = [own[kind[0]] if kind[1:] == ("api", 0) else port for kind, port in zip(kinds, free, strict=True)]
    return [
        Place(service, role, port, described(version, service, port, _of(role)))
        for (service, role, _), port in zip(kinds, ports, strict=True)
    ]


def _of(role: str) -> dict[str, str]:
    return {"REDRESS_ROLE": role, **_SETTINGS[role]}


def _start(processes: Sequence[HttpProcess]) -> None:
    for process in processes:
        process.launch()
    _together(HttpProcess.wait_ready, processes)


def _together(work: Callable[[HttpProcess], None], processes: Sequence[HttpProcess]) -> None:
    with ThreadPoolExecutor(len(processes)) as pool:
        list(pool.map(work, processes))


def _reset(layout: Layout) -> None:
    """What still runs carries the mark of the state directory."""
    if layout.stack_file.exists():
        Stack(layout, options_from(_plain_environment(), mode="test")).reset()


def _plain_environment() -> dict[str, str]:
    """This process's environment without the settings of a stack, except where things are kept on this machine."""
    places = {"REDRESS_CACHE", "REDRESS_MAVEN_URL", "REDRESS_POSTGRES_DIR"}
    others = {"KAFKA", "DATABASE_URL", "PORT_BASE"}
    return {
        name: value
        for name, value in os.environ.items()
        if name in places or not (name.startswith(("REDRESS_", "PG")) or name in others)
    }
