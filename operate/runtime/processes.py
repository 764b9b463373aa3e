"""Long-running child processes that outlive the command that started them.

A process is known by its pid and its start time together, so that a recycled pid is never taken for ours, nor
signalled.
"""

import contextlib
import hashlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from operate.errors import OperatorError
from operate.runtime.code import changed_parts
from operate.runtime.waiting import wait_until

MARKER = "REDRESS_STACK"
_MAX_LOG_BYTES = 5_000_000
_LONGEST_LINE = 16_384
_GONE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """What is remembered of a running process; `code` has the digests of what it was started from, by their names."""

    pid: int
    started: str
    fingerprint: str
    code: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run; `uid` is another user to run as, which only root can do. `code` is as a record has it."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path = Path("/")
    uid: int | None = None
    code: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Changes when anything about the command changes, so that a process with old settings is restarted."""
        text = "\0".join((*self.argv, *(f"{key}={value}" for key, value in sorted(self.env.items()))))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class DidNotStart(OperatorError):
    """A process ended, or was not ready in time; carries the end of its log."""

    def __init__(self, name: str, *, log: Path, reason: str) -> None:
        lines = "\n".join(f"    {line}" for line in tail(log))
        super().__init__(
            f"{name} {reason}. The last lines of {log}:\n{lines}",
            hint="Running the same command again repairs an interrupted start; `make reset` starts from nothing.",
        )


class Daemon:
    """One process by name: started, found again by its record, stopped, killed.

    `changed` is called after each of these, so that the owner of the record can write it down at once.
    """

    def __init__(self, name: str, *, log: Path, record: ProcessRecord | None = None) -> None:
        self.name = name
        self.log = log
        self.record = record
        self.changed: Callable[[Daemon], None] = lambda _: None
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        is_there = self.record is not None and start_time(self.record.pid) == self.record.started
        is_reaped = self._child is not None and self._child.poll() is not None
        return is_there and not is_reaped

    @property
    def pid(self) -> int:
        if self.record is None:
            raise OperatorError(f"{self.name} has never been started.")
        return self.record.pid

    def runs(self, command: Command) -> bool:
        """Whether this very command is what runs now, started from the same code."""
        return self.is_running and self.outdated(command) is None

    def outdated(self, command: Command) -> str | None:
        """Why what was started last is not this command; None when it is."""
        if self.record is None or self.record.fingerprint != command.fingerprint:
            return "its settings have changed"
        if parts := changed_parts(self.record.code, command.code):
            return f"{' and '.join(parts)} {'has' if len(parts) == 1 else 'have'} changed"
        return None

    def spawn(self, command: Command) -> None:
        """Start the command in its own session, with its output appended to the log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        _rotate(self.log)
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                command.argv,
                env={**_inherited(), **command.env},
                cwd=command.cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                user=command.uid,
                group=command.uid,
                extra_groups=None if command.uid is None else [],
            )
        pid = self._child.pid
        self.record = ProcessRecord(pid, start_time(pid) or "ended", command.fingerprint, command.code)
        self.changed(self)

    def adopt(self, pid: int, *, fingerprint: str) -> None:
        """Take over a process that an interrupted command left behind."""
        if started := start_time(pid):
            self._child = None
            self.record = ProcessRecord(pid, started, fingerprint)

    def stop(self, *, with_signal: signal.Signals = signal.SIGTERM, timeout: float = 20) -> None:
        """Ask the process to end, and kill it when it has not ended in time."""
        if not self.is_running:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, with_signal)
        if wait_until(lambda: not self.is_running, timeout=timeout):
            self.changed(self)
        else:
            self.kill()

    def kill(self) -> None:
        """End the process with signal 9 and wait until it is gone."""
        if self.is_running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            wait_until(lambda: not self.is_running, timeout=_GONE_SECONDS)
            self.changed(self)


def start_time(pid: int) -> str | None:
    """Seconds from the machine's boot to the start of the process; None when there is no such process or it has ended.

    Counted from the boot, because an adjustment of the system's clock moves both instants together.
    """
    try:
        process = psutil.Process(pid)
        if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD) and process.num_threads() <= 1:
            return None  # with further threads only the first one has ended: the process still holds its ports
        return f"{process.create_time() - psutil.boot_time():.2f}"
    except psutil.Error:
        return None


def command_line(pid: int) -> str:
    """The words that the process was started with; empty when there is no such process."""
    try:
        return " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return ""


def marked_pids(state: Path) -> dict[int, str]:
    """Processes that carry the marker of this state directory in their environment, with the name they were given."""
    found: dict[int, str] = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            environment = process.environ()
            if environment.get(MARKER) == str(state):
                found[process.pid] = environment.get("REDRESS_PROCESS", "")
    return found


def tail(log: Path, *, lines: int = 15) -> list[str]:
    """The last lines of a log file, whole ones: a line ends with a line feed, whatever other separators it has."""
    if not log.exists():
        return []
    with log.open("rb") as handle:
        began = handle.seek(max(0, log.stat().st_size - lines * _LONGEST_LINE))
        found = handle.read().decode(errors="replace").split("\n")
    whole = found[1:] if began else found
    return [*whole[:-1], *filter(None, whole[-1:])][-lines:]


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > _MAX_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))


def _inherited() -> dict[str, str]:
    """The parent's environment without the settings that this stack computes itself."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("REDRESS_", "PG"))}
