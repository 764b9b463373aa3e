"""A seeded scheduler: coroutines that wait for simulated things, stepped one at a time in an order that the seed gives."""

import heapq
import types
from collections.abc import Coroutine, Generator
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - the seed is what makes a run repeatable
from typing import Any, NamedTuple

LONGEST_STEP_SECONDS = 0.004


class Wait(NamedTuple):
    """What a task waits for: a signal, an instant, or whichever comes first; nothing lets the others go first."""

    signal: "Signal | None" = None
    until: float | None = None


@types.coroutine
def _waiting(wait: Wait) -> Generator[Wait, None, None]:
    yield wait


_ANY_TIME = Wait()


async def pause() -> None:
    """Let others go first: every statement and every message of the model does this."""
    await _waiting(_ANY_TIME)


@dataclass(slots=True, eq=False)
class Task:
    """A coroutine of a process; `ticket` counts its waits, so that one that is over wakes nothing."""

    process: str
    coroutine: Coroutine[Any, Any, None]
    context: Context = field(default_factory=copy_context)
    ticket: int = 0


class Signal:
    """Something that tasks wait for together."""

    def __init__(self, scheduler: "Scheduler") -> None:
        self._scheduler = scheduler
        self._waiters: list[tuple[Task, int]] = []

    def add(self, task: Task) -> None:
        """The task waits."""
        self._waiters.append((task, task.ticket))

    def fire(self) -> None:
        """Every task that waits is ready."""
        waiters, self._waiters = self._waiters, []
        for task, ticket in waiters:
            self._scheduler.wake(task, ticket)


@dataclass(slots=True)
class Scheduler:
    """Steps one ready task after the other; time passes with each step, and jumps when none is ready."""

    seed: int
    now: float = 1000.0
    random: Random = field(init=False)
    _stopped: set[str] = field(default_factory=set)
    _tasks: list[Task] = field(default_factory=list)
    _ready: list[Task] = field(default_factory=list)
    _held: list[Task] = field(default_factory=list)
    _sleeping: list[tuple[float, int, Task, int]] = field(default_factory=list)
    _count: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.seed)

    def start(self, process: str, coroutine: Coroutine[Any, Any, None]) -> None:
        """A task that is ready."""
        task = Task(process, coroutine)
        self._tasks.append(task)
        self._ready.append(task)

    def kill(self, process: str | None = None) -> None:
        """End all tasks of a process, or of all, where they are."""
        for task in [task for task in self._tasks if process in (None, task.process)]:
            self._forget(task)
            task.context.run(task.coroutine.close)

    def stop(self, process: str) -> None:
        """SIGSTOP."""
        self._stopped.add(process)

    def go_on(self, process: str) -> None:
        """SIGCONT."""
        self._stopped.discard(process)
        self._ready += [task for task in self._held if task.process == process]
        self._held = [task for task in self._held if task.process != process]

    async def sleep(self, seconds: float) -> None:
        """Wait for simulated time."""
        await _waiting(Wait(None, self.now + seconds))

    async def wait(self, signal: Signal, *, within: float) -> None:
        """Wait for a signal, for at most `within` seconds."""
        await _waiting(Wait(signal, self.now + within))

    def wake(self, task: Task, ticket: int) -> None:
        """The wait with this ticket is over."""
        if task.ticket == ticket:
            task.ticket += 1
            self._ready.append(task)

    def step(self) -> None:
        """Run one task up to its next wait, or let time pass until one is ready."""
        while self._sleeping and self._sleeping[0][0] <= self.now:
            _, _, sleeper, ticket = heapq.heappop(self._sleeping)
            self.wake(sleeper, ticket)
        if not self._ready:
            self.now = max(self.now, self._sleeping[0][0]) if self._sleeping else self.now + 1.0
            return
        task = self._ready.pop(int(self.random.random() * len(self._ready)))
        if task.process in self._stopped:
            self._held.append(task)
            return
        self.now += self.random.random() * LONGEST_STEP_SECONDS
        try:
            wait: Wait = task.context.run(task.coroutine.send, None)
        except StopIteration:
            self._forget(task)
            return
        self._put_down(task, wait)

    def _put_down(self, task: Task, wait: Wait) -> None:
        if wait is _ANY_TIME:
            self._ready.append(task)
            return
        if wait.signal is not None:
            wait.signal.add(task)
        if wait.until is not None:
            self._count += 1
            heapq.heappush(self._sleeping, (wait.until, self._count, task, task.ticket))

    def _forget(self, task: Task) -> None:
        task.ticket += 1
        self._tasks.remove(task)
        self._ready = [one for one in self._ready if one is not task]
        self._held = [one for one in self._held if one is not task]
