"""Work in processes that are killed with SIGKILL at a given await.

`obey` reads numbers from standard input. For each it forks a process that does the work and dies when its tasks have
given control to the event loop that often; it answers with one line: `killed <where>`, `ended` when the work came to
its end, or `failed`. `dying` is the other side, in a test.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Mapping
from contextlib import asynccontextmanager
from types import coroutine
from typing import Any, Final

PATIENCE_SECONDS: Final = 30.0
APPLICATION: Final = "killed-process"
"""The name under which these processes connect to PostgreSQL."""


class Death:
    """Counts how often the tasks of this process gave control away. `steps` names functions by their qualified names."""

    def __init__(self, steps: Mapping[str, str]) -> None:
        self._steps = steps
        self._left = -1

    def comes_at(self, number: int) -> None:
        """From now on the `number`th await is the last."""
        self._left = number

    def approach(self, task: Coroutine[Any, Any, Any]) -> None:
        """One await is reached."""
        self._left -= 1
        if self._left == 0:
            os.write(1, f"killed {self._where(task)}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def _where(self, task: Any) -> str:
        found = "outside"
        while task is not None:
            found = self._steps.get(getattr(task, "__qualname__", ""), found)
            task = getattr(task, "cr_await", None)
        return found


@coroutine
def _counted(task: Coroutine[Any, Any, Any], death: Death) -> Generator[Any, Any, Any]:
    """`task`, with each of its awaits counted."""
    resume, given = task.send, None
    while True:
        try:
            awaited = resume(given)
        except StopIteration as ended:
            return ended.value
        death.approach(task)
        try:
            resume, given = task.send, (yield awaited)
        except BaseException as error:
            resume, given = task.throw, error


def obey(work: Callable[[Death, int], Awaitable[None]], *, steps: Mapping[str, str]) -> None:
    """One forked process for each number; `work` says `comes_at` when its connections stand."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _live(work, Death(steps), int(line))
        os.waitpid(child, 0)


def _live(work: Callable[[Death, int], Awaitable[None]], death: Death, number: int) -> None:
    loop = asyncio.new_event_loop()
    loop.set_task_factory(lambda loop, task, **options: asyncio.Task(_counted(task, death), loop=loop, **options))
    answer = "failed"
    try:
        loop.run_until_complete(work(death, number))
        answer = "ended"
    finally:
        os.write(1, f"{answer}\n".encode())
        os._exit(0)


@asynccontextmanager
async def dying(module: str, *arguments: str) -> AsyncIterator[Callable[[int], Awaitable[str | None]]]:
    """`module` as a program that obeys. Called with a number: where the work was killed, or None when it ended."""
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    given, answers = program.stdin, program.stdout
    assert given is not None
    assert answers is not None

    async def killed_at(number: int) -> str | None:
        given.write(f"{number}\n".encode())
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer = (await answers.readline()).decode().split()
        assert answer in (["ended"], ["killed", *answer[1:]])
        return answer[1] if answer[0] == "killed" else None

    try:
        yield killed_at
    finally:
        given.close()
        await program.wait()
