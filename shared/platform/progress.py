"""When each loop of this process last made progress, and what troubles it; liveness and readiness are decided by it."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Beat:
    at: float
    has_work: bool = False


class Progress:
    """Loops report here; liveness never asks the database or Kafka."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._beats: dict[str, _Beat] = {}
        self._troubles: dict[str, Callable[[], str | None]] = {}

    def beat(self, loop: str, *, has_work: bool = False) -> None:
        """The loop made a round; `has_work` when unfinished work is in hand."""
        self._beats[loop] = _Beat(at=self._monotonic(), has_work=has_work)

    def watch(self, loop: str, trouble: Callable[[], str | None]) -> None:
        """`trouble` says why the loop does not do its work now; None when it does."""
        self._troubles[loop] = trouble

    def forget(self, loop: str) -> None:
        """The loop ended in order."""
        self._beats.pop(loop, None)

    def troubles(self) -> dict[str, str]:
        """The loops that run and do not do their work, with the reason. It may end by itself."""
        found = ((loop, trouble()) for loop, trouble in self._troubles.items())
        return {loop: reason for loop, reason in found if reason is not None}

    def stalled(self, *, after_seconds: float = 60.0) -> dict[str, str]:
        """The loops that make this process unhealthy, with the reason; empty when none does."""
        now = self._monotonic()
        reasons: dict[str, str] = {}
        for loop, beat in self._beats.items():
            if beat.has_work and now - beat.at > after_seconds:
                reasons[loop] = f"no progress for {now - beat.at:.0f} s"
        return reasons
