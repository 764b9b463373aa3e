"""Packs are checked in processes of their own, so that a large or hostile one does not delay anything else.

A process has a limit of memory and, for each pack, of processor time; the kernel ends it when it exceeds one, and the
next pack has a new process. One pack of an organisation is checked at a time, two in all; the others wait their turn.
The process is started without this one's environment, which holds secrets.
"""

import asyncio
import contextlib
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import orjson

from shared.kernel.errors import Rejected, Unavailable
from shared.kernel.text import Text
from shared.packs.documents import Documents, canonical
from shared.packs.publishing.size import refuse_too_large
from shared.platform.http.admission import Admission, Ask
from shared.platform.observability.logging import logger

AT_ONCE: Final = 2
MAX_WAITING: Final = 64
WAIT_SECONDS: Final = 30.0
START_SECONDS: Final = 180.0
JOB_SECONDS: Final = 120.0
"""A bound of the wall clock behind that of the processor time, for a process that does not run at all."""
LENGTH_BYTES: Final = 8
READY: Final = b"+"

_ROOT: Final = Path(__file__).parents[3]
_MODULE: Final = "shared.packs.publishing.checking_process"


class PackTooComplex(Rejected):
    """Checking the pack took more processor time or memory than a pack may take."""

    code = "pack_too_complex"
    title = Text(en="Policy pack too complex to be checked", zh="规则包过于复杂，无法检查")


class CheckerUnavailable(Unavailable):
    """The process that checks packs does not start."""

    code = "checker_unavailable"
    title = Text(en="Policy packs cannot be checked now", zh="暂时无法检查规则包，请重试")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One error or warning about a pack."""

    severity: Literal["error", "warning"]
    code: str
    section: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What there is to say about a pack: the first findings and the number of the others."""

    digest: str
    findings: tuple[Finding, ...]
    more: int


class Checker:
    """The processes that check packs for this one; each is started when it is needed first."""

    def __init__(self, *, command: tuple[str, ...] = (sys.executable, "-m", _MODULE)) -> None:
        self._command = command
        self._turns = Admission(
            limit=AT_ONCE,
            max_waiting=MAX_WAITING,
            wait_seconds=WAIT_SECONDS,
            most_of_a_share=1,
            of_http=False,
        )
        self._idle: list[Process] = []

    async def check(self, documents: Documents, *, share: str) -> Findings:
        """What there is to say. Raises PackTooLarge, PackTooComplex, Overloaded."""
        refuse_too_large(documents)
        await self._turns.enter(Ask(share))
        try:
            return _findings(await self._ask(canonical(documents)))
        finally:
            self._turns.leave(Ask(share))

    def close(self) -> None:
        """End the idle processes; they end too when this process does."""
        while self._idle:
            with contextlib.suppress(ProcessLookupError):
                self._idle.pop().kill()

    async def _ask(self, question: bytes) -> bytes:
        process = self._idle.pop() if self._idle else await self._start()
        answered = False
        try:
            async with asyncio.timeout(JOB_SECONDS):
                answer = await _exchange(process, question)
            answered = True
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError) as error:
            logger().warning("pack.too_complex", size=len(question), error_type=type(error).__name__)
            raise PackTooComplex from None
        finally:
            if answered:
                self._idle.append(process)
            else:
                await _end(process)
        return answer

    async def _start(self) -> Process:
        environment = {"PYTHONPATH": str(_ROOT), "PYTHONUTF8": "1"}
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment, cwd=_ROOT
        )
        try:
            async with asyncio.timeout(START_SECONDS):
                await _reader(process).readexactly(len(READY))
        except (TimeoutError, asyncio.IncompleteReadError):
            await _end(process)
            raise CheckerUnavailable from None
        return process


async def _end(process: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()


def _reader(process: Process) -> asyncio.StreamReader:
    if process.stdout is None:
        raise RuntimeError("started without a pipe")
    return process.stdout


async def _exchange(process: Process, question: bytes) -> bytes:
    if process.stdin is None:
        raise RuntimeError("started without a pipe")
    process.stdin.write(len(question).to_bytes(LENGTH_BYTES, "big") + question)
    await process.stdin.drain()
    length = int.from_bytes(await _reader(process).readexactly(LENGTH_BYTES), "big")
    return await _reader(process).readexactly(length)


def _findings(answer: bytes) -> Findings:
    said: dict[str, Any] = orjson.loads(answer)
    findings = tuple(
        Finding(severity=severity, code=code, section=section, message=message)
        for severity, code, section, message in said["findings"]
    )
    return Findings(digest=said["digest"], findings=findings, more=said["more"])


CHECKER: Final = Checker()
"""The one of this process."""
