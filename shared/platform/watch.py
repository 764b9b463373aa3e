"""One statement asks for all jobs of a process that rest whether there is anything to do, and wakes those it finds.

A process at rest so costs a few statements a second, however many jobs it has, and a commit of its own is followed by
one statement and not by one for each job.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading
from shared.platform.loops import Pace, gathering, stopped_within


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A SELECT of one boolean, whether there is anything to do, and the loop that then does it."""

    asks: str
    pace: Pace


class Watch:
    """Looks every `every_seconds`, and when it is woken: for what other processes left, and for what falls due."""

    def __init__(
        self, db: Database, questions: Sequence[Question], *, every_seconds: float, stop: asyncio.Event
    ) -> None:
        self._db = db
        self._questions = questions
        self._statement = f"SELECT {', '.join(f'({question.asks})' for question in questions)}"
        self._stop = stop
        self._pace = Pace(stop=stop, idle_seconds=every_seconds)

    def wake(self) -> None:
        """Look now: this process has committed something."""
        self._pace.wake()

    async def run(self) -> None:
        """Until the stop. Raises DatabaseUnavailable."""
        while self._questions and not self._stop.is_set():
            began = time.monotonic()
            await self._look()
            await stopped_within(self._stop, gathering(time.monotonic() - began))
            await self._pace.rest(did_work=False)

    async def _look(self) -> None:
        if not any(question.pace.is_resting for question in self._questions):
            return
        async with reading(self._db) as tx:
            [answers] = await tx.rows(self._statement)
        for question, found in zip(self._questions, answers, strict=True):
            if found and question.pace.is_resting:
                question.pace.wake()
