"""A Python process with an HTTP port and a readiness page: the four services and the sinks."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from operate.progress import Say, say_nothing
from operate.runtime.ports import is_free, require_free
from operate.runtime.processes import MARKER, Command, Daemon, DidNotStart, ProcessRecord
from operate.runtime.waiting import wait_until

PORT_RELEASED_WITHIN: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpProcessSettings:
    """Which program to run, where it listens, with which environment, made of which `code` (by digests)."""

    name: str
    argv: tuple[str, ...]
    port: int
    cwd: Path
    state: Path
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)
    ready_path: str = "/health/ready"
    ready_timeout: float = 60


class HttpProcess:
    """A process that is ready when its readiness page answers 200."""

    def __init__(
        self, settings: HttpProcessSettings, *, record: ProcessRecord | None = None, say: Say = say_nothing
    ) -> None:
        self.settings = settings
        self._say = say
        self._extra: dict[str, str] = {}
        self.daemon = Daemon(settings.name, log=settings.log, record=record)

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def start(self, env: Mapping[str, str] | None = None) -> None:
        """Start and wait until ready; `env` replaces the extra environment of the last start."""
        self.launch(env)
        self.wait_ready()

    def launch(self, env: Mapping[str, str] | None = None) -> None:
        """Start without waiting; a process that already runs with this very command and code is left alone."""
        if env is not None:
            self._extra = dict(env)
        command = self._command()
        if self.daemon.runs(command):
            return
        if self.daemon.is_running:
            self._say(f"Restarting {self.name}: {self.daemon.outdated(command)}")
        self.stop()
        # A killed process is gone before the last of its threads has let go of the port.
        wait_until(lambda: is_free(self.settings.port), timeout=PORT_RELEASED_WITHIN)
        require_free(self.name, self.settings.port)
        self.daemon.spawn(command)

    def wait_ready(self) -> None:
        """Return when the readiness page answers 200; otherwise say what the log says."""
        timeout = self.settings.ready_timeout
        if wait_until(self.is_ready, timeout=timeout, give_up=lambda: not self.daemon.is_running):
            return
        reason = f"was not ready within {timeout:.0f} s" if self.daemon.is_running else "ended while it started"
        raise DidNotStart(self.name, log=self.settings.log, reason=reason)

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.settings.port, timeout=2)
        try:
            connection.request("GET", self.settings.ready_path)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        self.daemon.stop()

    def kill(self) -> None:
        """Signal 9."""
        self.daemon.kill()

    def restart(self, env: Mapping[str, str] | None = None) -> None:
        self.stop()
        self.start(env)

    def _command(self) -> Command:
        marker = {MARKER: str(self.settings.state), "REDRESS_PROCESS": self.name}
        return Command(
            argv=self.settings.argv,
            env={**self.settings.env, **marker, **self._extra},
            cwd=self.settings.cwd,
            code=self.settings.code,
        )
