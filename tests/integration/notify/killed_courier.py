"""A sender of mails in processes that are killed with SIGKILL at a given await.

Reads numbers from standard input. For each it forks a process that sends what is due and dies when its tasks have
given control to the event loop that often; answers with one line: `killed <where>`, or `ended` when it came to its end.
`<where>` names what was awaited: a step of Courier, or of the dialogue with the mail server.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any, Final

from services.notify.channels import email
from services.notify.channels.client.mail import Mailer, MailServer
from services.notify.delivery.jobs import Courier
from services.notify.migrations.schema import KERNEL
from shared.kernel.clock import SystemClock
from shared.platform.auth.link_tokens import LinkKeys
from shared.platform.db.engine import connect
from shared.platform.db.transaction import reading

APPLICATION: Final = "killed-courier"
STEPS: Final = {
    "Courier._gather": "gather",
    "Courier._claim": "claim",
    "Courier._record": "record",
    "Mailer._connect": "connect",
    "BaseEventLoop.create_connection": "connect",
    "SMTP.mail": "mail",
    "SMTP.rcpt": "rcpt",
    "SMTP.data": "data",
    "Courier.finish": "wait",
}
"""Functions of the send path by their qualified names, and what they do."""


class Death:
    """Counts how often the tasks of this process gave control away."""

    def __init__(self) -> None:
        self._left = -1

    def comes_at(self, number: int) -> None:
        """From now on the `number`th await is the last."""
        self._left = number

    def approach(self, task: Coroutine[Any, Any, Any]) -> None:
        """One await is reached."""
        self._left -= 1
        if self._left == 0:
            os.write(1, f"killed {where(task)}\n".encode())
            os.kill(os.getpid(), signal.SIGKILL)


def where(task: Any) -> str:
    """The innermost step of the send path in which `task` waits."""
    found = "outside"
    while task is not None:
        found = STEPS.get(getattr(task, "__qualname__", ""), found)
        task = getattr(task, "cr_await", None)
    return found


@coroutine
def stepped(task: Coroutine[Any, Any, Any], death: Death) -> Generator[Any, Any, Any]:
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


async def send(dsn: str, port: int, death: Death, *, at: int) -> None:
    """Send what is due over connections that stand before the first await that counts."""
    db = connect(dsn, kernel=KERNEL, pool_size=2, application_name=APPLICATION)
    async with reading(db) as tx:
        await tx.rows("SELECT 1", ())
    server = MailServer.parse(f"smtp://127.0.0.1:{port}", helo_name="localhost")
    sender = email.mail_sender(Mailer(server, connections=1), at_once=4, keys=LinkKeys([b"l" * 32]))
    courier = Courier("email", sender=sender, clock=SystemClock())
    death.comes_at(at)
    await courier.run(db)
    await courier.finish(db, seconds=5)


def main(dsn: str, port: int) -> None:
    """One forked process for each number."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(dsn, port, at=int(line))
        os.waitpid(child, 0)


def run(dsn: str, port: int, *, at: int) -> None:
    """What a forked process does."""
    death = Death()
    loop = asyncio.new_event_loop()
    loop.set_task_factory(lambda loop, task, **options: asyncio.Task(stepped(task, death), loop=loop, **options))
    loop.run_until_complete(send(dsn, port, death, at=at))
    os.write(1, b"ended\n")
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
