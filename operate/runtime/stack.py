"""The whole stack of one state directory: up, down, reset, status.

`up` can be run at any time: what runs with the right settings, from the code as it is now, is left alone, others
are restarted, what is missing is started, what an interruption left behind is found and repaired. Every process is
written down as soon as it runs.
"""

import contextlib
import os
import shutil
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Lock

from operate.errors import OperatorError
from operate.progress import Say, say_nothing
from operate.runtime import parts
from operate.runtime.bytecode import compile_code
from operate.runtime.databases import SERVICES
from operate.runtime.http_process import HttpProcess
from operate.runtime.kafka import Kafka
from operate.runtime.keys import ensure_keys
from operate.runtime.migrations import create_topics, migrate
from operate.runtime.options import StackOptions
from operate.runtime.paths import Layout, file_lock
from operate.runtime.ports import PortInUse, choose_ports, is_free, replace_port
from operate.runtime.postgres import Postgres
from operate.runtime.postgres_place import PostgresPlace, find_place
from operate.runtime.processes import Daemon, marked_pids
from operate.runtime.state import StackState, load_state, save_state

# PostgreSQL waits for its clients on SIGTERM; on SIGINT it ends their transactions.
_STOP_SIGNALS = {"postgres": signal.SIGINT}

# Parts that listen on a second port.
_OWNERS = {"mail_smtp": "mail", "kafka_controller": "kafka"}


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One line of `redress status`."""

    name: str
    is_running: bool
    address: str


class Stack:
    """PostgreSQL, Kafka, sinks and services of one state directory."""

    def __init__(self, layout: Layout, options: StackOptions, *, say: Say = say_nothing) -> None:
        self.layout = layout
        self.options = options
        self.say = say
        self.state = load_state(layout.stack_file)
        self._place: PostgresPlace | None = None
        self._writing = Lock()
        self._handles: dict[str, HttpProcess] = {}

    @property
    def postgres(self) -> Postgres:
        return self._postgres

    @property
    def kafka(self) -> Kafka:
        return self._kafka

    def up(
        self,
        *,
        kafka: str | None = None,
        database_url: str | None = None,
        services: Iterable[str] = SERVICES,
        sinks: Iterable[str] = parts.SINKS,
    ) -> None:
        """Start everything, or what is missing; `kafka` and `database_url` name the user's own servers."""
        with self._locked():
            self._prepare(kafka=kafka, database_url=database_url)
            self._start_servers()
            migrate(self.state, say=self.say)
            create_topics(self.state, say=self.say)
            self._start_all([*self._sinks(sinks), *self._services(services)])
            self._stop([name for name in ("kafka", "postgres") if self._is_external(name) and self._runs(name)])
            self.state.urls = parts.urls(self.state)
            self._save()

    def up_again(
        self,
        *,
        kafka: str | None = None,
        database_url: str | None = None,
        services: Iterable[str] = SERVICES,
        sinks: Iterable[str] = parts.SINKS,
    ) -> None:
        """Start what is missing, with the servers named now or else those that the running stack uses."""
        self.up(
            kafka=kafka or self.state.external_kafka,
            database_url=database_url or self.state.external_database,
            services=services,
            sinks=sinks,
        )

    def down(self) -> None:
        """Stop services, then sinks, then the servers; data stays. The user's own servers are forgotten."""
        with self._locked():
            for names in (SERVICES, parts.SINKS, ("kafka",), ("postgres",)):
                self._stop([name for name in names if name in self.state.processes])
            self._end_strays()
            self.state.external_kafka = self.state.external_database = None
            self.state.external_kafka_settings = {}
            self._save()

    def reset(self) -> None:
        """Stop everything and delete all data of this state directory."""
        self.down()
        if self.state.ports:
            self._build_servers()
            self._postgres.remove_data()
        shutil.rmtree(self.layout.state, ignore_errors=True)
        self.state = StackState()

    def status(self) -> list[PartStatus]:
        """What runs, and where; the user's own servers are shown as they were given."""
        addresses = {**{name: f"127.0.0.1:{port}" for name, port in self.state.ports.items()}, **self.state.urls}
        names = ("postgres", "kafka", *parts.SINKS, *SERVICES)
        return [
            PartStatus(name, self._daemon(name).is_running or self._is_external(name), addresses.get(name, ""))
            for name in names
        ]

    def part(self, name: str) -> HttpProcess:
        """The handle of a service or sink, for fault tests."""
        return self._handles[name]

    def _prepare(self, *, kafka: str | None, database_url: str | None) -> None:
        self.layout.create()
        ensure_keys(self.layout.keys)
        self.state.add_passwords()
        self.state.external_kafka, self.state.external_database = kafka, _plain(database_url)
        if self.options.kafka_settings:
            self.state.external_kafka_settings = dict(self.options.kafka_settings)
        self.state.mode, self.state.otlp_endpoint = self.options.mode, self.options.otlp_endpoint
        before = dict(self.state.ports)
        self.state.ports = choose_ports(
            configured=self.options.ports, remembered=self.state.ports, place=self.layout.state
        )
        self._end_strays()
        self._build_servers()
        if database_url is None:
            self._postgres.end_leftover()
        self._check_ports(before)
        self._save()

    def _check_ports(self, before: Mapping[str, int]) -> None:
        """A configured port in use is refused before anything starts; one that we chose ourselves is given up.

        What runs of ours gives its port up when it is to move: `before` are the ports it may listen on.
        """
        held = {name: port for name, port in before.items() if self._runs(_OWNERS.get(name, name))}
        for name, port in self.state.ports.items():
            if self._is_external(_OWNERS.get(name, name)) or port in held.values() or is_free(port):
                continue
            if name in self.options.ports:
                raise PortInUse(name, port)
            other = replace_port(name, ports=self.state.ports, place=self.layout.state)
            self.say(f"Port {port} (for {name}) has been taken by another program: using {other} from now on.")
            self.state.ports[name] = other
        moved = {_OWNERS.get(name, name): None for name, port in held.items() if self.state.ports[name] != port}
        self._stop(list(moved))

    def _build_servers(self) -> None:
        if self._place is None:
            self._place = find_place(self.layout.postgres, fallback=self.options.postgres_fallback, say=self.say)
        self._postgres = parts.postgres(self.layout, self.state, self.options, place=self._place, say=self.say)
        self._kafka = parts.kafka(self.layout, self.state, self.options, self.say)
        for daemon in (self._postgres.daemon, self._kafka.daemon):
            daemon.changed = self._write_down

    def _start_servers(self) -> None:
        self._build_servers()
        jobs: list[tuple[Daemon, Callable[[], None]]] = []
        if self.state.external_database is None:
            jobs.append((self._postgres.daemon, self._postgres.start))
        if self.state.external_kafka is None:
            jobs.append((self._kafka.daemon, self._kafka.start))
        if idle := [daemon.name for daemon, _ in jobs if not daemon.is_running]:
            self.say(f"Starting {' and '.join(idle)}")
        _together([start for _, start in jobs])

    def _sinks(self, names: Iterable[str]) -> list[HttpProcess]:
        return [parts.sink(name, self.layout, self.state, self.say) for name in names]

    def _services(self, names: Iterable[str]) -> list[HttpProcess]:
        present = [name for name in names if (self.layout.project / "services" / name / "__main__.py").exists()]
        return [parts.service(name, self.layout, self.state, self.say) for name in present]

    def _start_all(self, processes: list[HttpProcess]) -> None:
        self._handles = {process.name: process for process in processes}
        if idle := [process.name for process in processes if not process.daemon.is_running]:
            self.say(f"Starting {', '.join(idle)}")
        compile_code(self.layout.project)
        for process in processes:
            process.daemon.changed = self._write_down
            process.launch()
        _together([process.wait_ready for process in processes])

    def _stop(self, names: list[str]) -> None:
        if names:
            self.say(f"Stopping {', '.join(names)}")
        _together([partial(self._stop_one, name) for name in names])

    def _stop_one(self, name: str) -> None:
        daemon = self._daemon(name)
        daemon.stop(with_signal=_STOP_SIGNALS.get(name, signal.SIGTERM))
        self._write_down(daemon)

    def _write_down(self, daemon: Daemon) -> None:
        with self._writing:
            self.state.remember(daemon)
            self._save()

    def _end_strays(self) -> None:
        """End processes of this stack that an interrupted command started but could not write down."""
        known = {record.pid for record in self.state.processes.values()}
        strays = {
            pid: name for pid, name in marked_pids(self.layout.state).items() if pid not in known and pid != os.getpid()
        }
        for pid, name in strays.items():
            self.say(f"Ending {name or 'a process'} ({pid}), left behind by an interrupted command")
            stray = Daemon(name, log=self.layout.logs / f"{name}.log")
            stray.adopt(pid, fingerprint="")
            stray.stop()

    def _daemon(self, name: str) -> Daemon:
        return Daemon(name, log=self.layout.logs / f"{name}.log", record=self.state.processes.get(name))

    def _runs(self, name: str) -> bool:
        return self._daemon(name).is_running

    def _is_external(self, name: str) -> bool:
        external = {"postgres": self.state.external_database, "kafka": self.state.external_kafka}
        return external.get(name) is not None

    def _save(self) -> None:
        if self.layout.state.exists():
            save_state(self.layout.stack_file, self.state)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One command at a time for one state directory; what the last one wrote is read afresh."""
        with file_lock(self.layout.state / "lock"):
            self.state = load_state(self.layout.stack_file)
            yield


def _together(jobs: list[Callable[[], None]]) -> None:
    """Run side by side; the first failure is raised after all have ended."""
    if jobs:
        with ThreadPoolExecutor(len(jobs)) as pool:
            futures = [pool.submit(job) for job in jobs]
        for future in futures:
            future.result()


def _plain(url: str | None) -> str | None:
    """The URL without a driver name, as libpq and asyncpg know it."""
    if not url:
        return None
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.partition("+")[0] not in {"postgres", "postgresql"}:
        raise OperatorError(
            f"DATABASE_URL is no PostgreSQL URL: it begins with {scheme}.",
            hint="Write postgresql://user:password@host:port/database.",
        )
    return f"postgresql://{rest}"
