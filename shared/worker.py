"""What runs in a worker: the consumers, the outbox relay and the jobs of one service.

Loops are supervised: a crash is logged and the loop restarted with back-off, so that one bad row
never takes the process down. Liveness looks at `Progress`, never at the database or at Kafka.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.contracts.envelope import Contract, Envelope
from shared.db.engine import Database
from shared.db.transaction import Transaction

Handler = Callable[[Transaction, Envelope[Any]], Awaitable[None]]
Handlers = Mapping[type[Contract], Handler]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A sweep: `run` does at most one batch and returns how many things it did.

    It runs again at once while it did something, else after a wait that grows from 5 ms to `idle_seconds`.
    """

    name: str
    run: Callable[[Database], Awaitable[int]]
    idle_seconds: float = 0.25


@dataclass(slots=True)
class _Beat:
    at: float
    has_work: bool = False
    failed: str | None = None


class Progress:
    """When each loop last got on with its work; what liveness is decided by."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._beats: dict[str, _Beat] = {}

    def beat(self, loop: str, *, has_work: bool = False) -> None:
        """The loop went round; `has_work` when it has something in hand that must move on."""
        self._beats[loop] = _Beat(at=self._monotonic(), has_work=has_work)

    def fail(self, loop: str, reason: str) -> None:
        """The loop gave up and will not go on in this process."""
        self._beats[loop] = _Beat(at=self._monotonic(), failed=reason)

    def forget(self, loop: str) -> None:
        """The loop ended in order."""
        self._beats.pop(loop, None)

    def ages(self) -> dict[str, float]:
        """Seconds since each loop's last progress."""
        now = self._monotonic()
        return {loop: now - beat.at for loop, beat in self._beats.items()}

    def stalled(self, *, after_seconds: float = 60.0) -> dict[str, str]:
        """The loops that make this process unhealthy, with the reason; empty when all is well."""
        now = self._monotonic()
        reasons: dict[str, str] = {}
        for loop, beat in self._beats.items():
            if beat.failed is not None:
                reasons[loop] = beat.failed
            elif beat.has_work and now - beat.at > after_seconds:
                reasons[loop] = f"no progress for {now - beat.at:.0f} s"
        return reasons


async def run_worker(
    *,
    service: str,
    db: Database,
    kafka: str,
    handlers: Handlers,
    jobs: Sequence[Job],
    stop: asyncio.Event,
    progress: Progress,
) -> None:
    """Run until `stop` is set, then end in order: take no more, finish, flush, commit offsets, close."""
    raise NotImplementedError
