"""One process of one service: HTTP, worker, or both in the same loop; started and ended in order.

    serve(Service(name="sla", settings=SlaSettings, kernel=KERNEL, create_app=create_app, run=run))

Start: a worker takes nothing before its schema has the revisions that its code needs.
End: not ready any more → balancers notice → no new connections, requests finish → worker finishes, flushes, commits
its offsets → pool closes → the last spans are sent. Each step is bounded: an unavailable broker cannot delay the end.
"""

import asyncio
import contextlib
import gc
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Final, Generic, TypeVar

import uvicorn
import uvloop
from fastapi import FastAPI
from pydantic import ValidationError
from starlette.types import ASGIApp

from shared.platform.db.engine import Database, connect
from shared.platform.db.tables import KernelTables
from shared.platform.http.protocol import BoundedProtocol
from shared.platform.http.schema_head import SchemaHead
from shared.platform.loops import stopped_within, supervised
from shared.platform.notices import Notices
from shared.platform.observability import metrics
from shared.platform.observability.logging import configure, logger
from shared.platform.observability.process import observe_process
from shared.platform.observability.tracing import SPANS, Sink
from shared.platform.progress import Progress
from shared.platform.settings import BaseServiceSettings, refused_settings

S = TypeVar("S", bound=BaseServiceSettings)

LEAST_WORKER_SECONDS: Final = 5.0
AFTER_HTTP_SECONDS: Final = 8.0
SPANS_SECONDS: Final = 3.0
"""How long the end waits for a collector to take the last spans."""
AFTER_CANCELLING_SECONDS: Final = 1.0
LAG_PERIOD_SECONDS: Final = 1.0
TICK_SECONDS: Final = 1.0
KEEP_ALIVE_SECONDS: Final = 30
SCHEMA_SECONDS: Final = 1.0
"""How often a worker asks whether its schema has been migrated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Generic[S]):
    """The parts that differ between the four services."""

    name: str
    settings: type[S]
    kernel: KernelTables
    create_app: Callable[[S, Database, Progress], FastAPI]
    run: Callable[[S, Database, asyncio.Event, Progress], Awaitable[None]]


def most_seconds_to_stop(shutdown_seconds: int, drain_seconds: int) -> float:
    """The longest that a process runs after SIGTERM, when every step of the end takes all of its bound.

    Kubernetes' `terminationGracePeriodSeconds` and systemd's `TimeoutStopSec` have to be longer.
    """
    http = shutdown_seconds + 1 + AFTER_CANCELLING_SECONDS
    operations = http + LEAST_WORKER_SECONDS + AFTER_CANCELLING_SECONDS
    worker = max(shutdown_seconds + AFTER_HTTP_SECONDS, operations + LEAST_WORKER_SECONDS) + AFTER_CANCELLING_SECONDS
    return drain_seconds + worker + LEAST_WORKER_SECONDS


def serve(service: Service[S]) -> None:
    """Run until SIGTERM or SIGINT; settings come from the environment.

    Exits with 78 (EX_CONFIG) and a line for each variable when the settings are incomplete or wrong.
    """
    try:
        settings = service.settings()
    except ValidationError as error:
        for line in refused_settings(error):
            sys.stderr.write(f"redress {service.name} does not start: {line}\n")
        sys.stderr.write("docs/configuration.md lists every setting.\n")
        sys.exit(os.EX_CONFIG)
    configure(service=service.name, level=settings.log_level)
    metrics.announce_build()
    if settings.otlp_endpoint:
        SPANS.send_to(_otlp_sink(settings.otlp_endpoint, service=service.name))
    try:
        uvloop.run(_Process(service, settings).run())
    finally:
        SPANS.stop(seconds=SPANS_SECONDS)


def _otlp_sink(endpoint: str, *, service: str) -> Sink:
    """The module with the SDK of OpenTelemetry is imported only where spans are recorded: it takes 0.13 s."""
    sink: Sink = import_module("shared.platform.observability.otlp").OtlpSink(endpoint, service=service)
    return sink


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: it re-raises what it caught, before we have ended in order.

    It is told to end, and so need not look ten times a second, which is a quarter of the cost of a process at rest.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()

    def end(self) -> None:
        """Take no more connections, finish the requests and end."""
        self.should_exit = True
        self._ending.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        """Each tick renews the `Date` of the answers, whose unit is a second."""
        while not await self.on_tick(0):
            await stopped_within(self._ending, TICK_SECONDS)


class _Process(Generic[S]):
    def __init__(self, service: Service[S], settings: S) -> None:
        self._service = service
        self._settings = settings
        self._progress = Progress()
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._stop_worker = asyncio.Event()
        self._operations: _Server | None = None
        self._log = logger()

    async def run(self) -> None:
        """Start, wait for the signal, end in order."""
        settings = self._settings
        db = connect(
            settings.database_url,
            kernel=self._service.kernel,
            pool_size=settings.pool_size,
            application_name=f"redress-{self._service.name}",
        )
        app = self._service.create_app(settings, db, self._progress)
        server = _Server(_config(app, settings, port=settings.http_port))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._asked_to_stop, server)
        settle_garbage_collection()
        self._log.info("service.started", role=settings.role, mode=settings.mode, port=settings.http_port)
        tasks = self._tasks(server, db, app.state.schema_head)
        if app.state.operations is not None and settings.operations_port is not None:
            self._operations = _Server(_config(app.state.operations, settings, port=settings.operations_port))
            tasks["operations"] = asyncio.create_task(self._operations.serve(), name="operations")
        observe_process(
            pool_size=settings.pool_size,
            in_use=db.engine.pool.checkedout,  # type: ignore[attr-defined]  # QueuePool has it
            certificates={"kafka": settings.kafka_certificate_file, "kafka_ca": settings.kafka_ca_file},
        )
        lag = asyncio.create_task(_observe_loop(), name="lag")
        try:
            await self._until_stopped(tasks)
            app.state.draining = True
            await self._drain(tasks)
            await self._end(server, tasks)
        finally:
            lag.cancel()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(db.dispose(), LEAST_WORKER_SECONDS)
        self._log.info("service.stopped")

    def _tasks(self, server: _Server, db: Database, head: SchemaHead) -> dict[str, asyncio.Task[None]]:
        tasks = {"http": asyncio.create_task(server.serve(), name="http")}
        work = self._tell(db) if self._settings.role == "api" else self._work(db, head)
        tasks["worker"] = asyncio.create_task(work, name="worker")
        return tasks

    async def _tell(self, db: Database) -> None:
        """What a process without a worker does beside requests: it tells those with one."""
        notices = Notices(db, stop=self._stop_worker)
        db.tell_others = notices.tell
        await supervised("notices", notices.run, stop=self._stop_worker, progress=self._progress)

    async def _work(self, db: Database, head: SchemaHead) -> None:
        said = None
        while (lacks := await head.lacks(db)) and not self._stop_worker.is_set():
            if lacks != said:
                self._log.warning("worker.waits", reason=", ".join(lacks.values()))
            said = lacks
            await stopped_within(self._stop_worker, SCHEMA_SECONDS)
        if not lacks:
            await self._service.run(self._settings, db, self._stop_worker, self._progress)

    async def _until_stopped(self, tasks: dict[str, asyncio.Task[None]]) -> None:
        stopped = asyncio.create_task(self._stop.wait(), name="stop")
        await asyncio.wait({stopped, *tasks.values()}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()

    async def _drain(self, tasks: dict[str, asyncio.Task[None]]) -> None:
        """Go on for a while, until a balancer has noticed; a second signal or the end of a task ends it."""
        if self._settings.role == "worker" or not self._stop.is_set():
            return
        hurry = asyncio.create_task(self._hurry.wait(), name="hurry")
        seconds = self._settings.drain_seconds
        await asyncio.wait({hurry, *tasks.values()}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()

    async def _end(self, server: _Server, tasks: dict[str, asyncio.Task[None]]) -> None:
        deadline = time.monotonic() + self._settings.shutdown_seconds + AFTER_HTTP_SECONDS
        server.end()
        await _bounded(tasks["http"], seconds=self._settings.shutdown_seconds + 1)
        if self._operations is not None:
            self._operations.end()
            await _bounded(tasks["operations"], seconds=LEAST_WORKER_SECONDS)
        self._stop_worker.set()
        await _bounded(tasks["worker"], seconds=max(LEAST_WORKER_SECONDS, deadline - time.monotonic()))
        for name, task in tasks.items():
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                self._log.error("service.failed", loop=name, error_type=type(error).__name__, exc_info=error)
                raise SystemExit(1)

    def _asked_to_stop(self, server: _Server) -> None:
        if self._stop.is_set():
            server.force_exit = True
            self._hurry.set()
        self._stop.set()


def _config(app: ASGIApp, settings: BaseServiceSettings, *, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.host,
        port=port,
        loop="none",
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )


async def _bounded(task: asyncio.Task[None], *, seconds: float) -> None:
    """Wait for `task` at most so long, then cancel it; its error is read later."""
    _, late = await asyncio.wait({task}, timeout=seconds)
    if late:
        task.cancel()
        await asyncio.wait({task}, timeout=AFTER_CANCELLING_SECONDS)


async def _observe_loop() -> None:
    """Publish how late the loop wakes."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(LAG_PERIOD_SECONDS)
        metrics.LOOP_LAG.observe(max(0.0, time.perf_counter() - before - LAG_PERIOD_SECONDS))


def settle_garbage_collection() -> None:
    """Exempt the objects made at start from garbage collection; full collections cause the longest latencies."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()
