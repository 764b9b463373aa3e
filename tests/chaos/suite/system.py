"""A whole stack whose connections to PostgreSQL, Kafka, the ERP and the mail server go through proxies.

Kafka advertises the port of its proxy, so that every client that has asked it once goes through it.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from operate.progress import say_nothing
from operate.runtime import parts
from operate.runtime.databases import SERVICES
from operate.runtime.embedded import database_url, embedded_stack
from operate.runtime.http_process import HttpProcess
from operate.runtime.parts import SINKS
from operate.runtime.paths import Layout
from operate.runtime.stack import Stack
from operate.runtime.state import load_state
from operate.scenarios.session import Stack as Running
from operate.scenarios.stack import of_running
from tests.chaos.suite.disk import POSTGRES_OPTIONS, Disk, small_disk
from tests.chaos.suite.proxies import Proxy, proxies
from tests.support.passable_folder import passable_folder

_PORTS: Final = {"postgres": "postgres", "kafka": "kafka", "erp": "erp", "mail": "mail_smtp"}
"""The proxies, and the port of the stack that each is before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """What runs. `processes` are the services and sinks by name; `books` are those of the sinks."""

    stack: Stack
    running: Running
    proxies: Mapping[str, Proxy]
    processes: Mapping[str, HttpProcess]
    books: Mapping[str, Path]
    disk: Disk | None

    def part(self, name: str) -> HttpProcess:
        """A service or sink."""
        return self.processes[name]

    def environment(self, name: str) -> dict[str, str]:
        """What leads a service through the proxies, beside its usual settings; nothing for a sink."""
        if name in SINKS:
            return {}
        url = urlsplit(database_url(self.stack, name))
        place = url.netloc.rpartition(":")[0]
        return {
            "REDRESS_DATABASE_URL": urlunsplit(url._replace(netloc=f"{place}:{self.proxies['postgres'].port}")),
            "REDRESS_KAFKA": f"127.0.0.1:{self.proxies['kafka'].port}",
            "REDRESS_SMTP_URL": f"smtp://127.0.0.1:{self.proxies['mail'].port}",
        }


@contextmanager
def whole_system() -> Iterator[System]:
    """Everything running and ready, nothing disturbed yet; all of it is gone afterwards."""
    with ExitStack() as cleanup:
        root = cleanup.enter_context(passable_folder("chaos"))
        state = root / "state"
        disk = cleanup.enter_context(small_disk(state / "postgres"))
        made = cleanup.enter_context(proxies(_upstreams(Layout(state=state))))
        # The controller's listener is not named, because its port is not known yet: the broker takes its own.
        advertised = {"advertised.listeners": f"PLAINTEXT://127.0.0.1:{made['kafka'].port}"}
        stack = cleanup.enter_context(
            embedded_stack(state, postgres_options=POSTGRES_OPTIONS, kafka_options=advertised)
        )
        books = {name: state / f"{name}.book" for name in SINKS}
        system = System(
            stack=stack,
            running=replace(of_running(stack), erp=f"http://127.0.0.1:{made['erp'].port}"),
            proxies=made,
            processes={
                **{name: parts.service(name, stack.layout, stack.state, say_nothing) for name in SERVICES},
                **{
                    name: keeping(parts.sink(name, stack.layout, stack.state, say_nothing), books[name])
                    for name in SINKS
                },
            },
            books=books,
            disk=disk,
        )
        _start(system)
        yield system


def _upstreams(layout: Layout) -> dict[str, Callable[[], int]]:
    """The stack chooses its ports when it starts, and writes them down before it starts its servers."""

    def port_of(name: str) -> int:
        return load_state(layout.stack_file).ports[name]

    return {name: partial(port_of, port) for name, port in _PORTS.items()}


def keeping(sink: HttpProcess, book: Path) -> HttpProcess:
    """The sink with a book."""
    return HttpProcess(replace(sink.settings, argv=(*sink.settings.argv, "--book", str(book))))


def _start(system: System) -> None:
    """The sinks and the services, side by side. What is left of them is ended with the stack, whose mark they carry."""
    with ThreadPoolExecutor(len(system.processes)) as pool:
        starting = [pool.submit(process.start, system.environment(name)) for name, process in system.processes.items()]
    for started in starting:
        started.result()
