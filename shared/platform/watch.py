"""One statement asks for all jobs of a process that rest when there is something to do, and wakes those it finds.

It is asked again when something falls due, when this process or another one has committed something (`notices.py`),
and after a poll's time. So a process at rest costs a statement every two seconds, however many jobs it has, and what
falls due is not waited for any longer than a busy connection makes it.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading
from shared.platform.loops import Pace, gathering, stopped_within
from shared.platform.notices import Notices

POLL_SECONDS: Final = 2.0
"""How late, at most, the watch sees what it was not told of."""
POLL_UNHEARD_SECONDS: Final = 0.25
"""The same while no notices come in, and for what another process may have in hand."""
SOONEST_SECONDS: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The loop that has something to do, and when: `asks` is a SELECT of one float8, the seconds until then.

    0 or less is now; NULL is that nothing is known of.
    """

    asks: str
    pace: Pace


def is_now(seconds: float | None) -> bool:
    """Whether an answer to a question means that there is something to do now."""
    return seconds is not None and seconds <= 0


class Watch:
    """Looks for what other processes left and for what falls due; `notices` wake it."""

    def __init__(self, db: Database, questions: Sequence[Question], *, notices: Notices, stop: asyncio.Event) -> None:
        self._db = db
        self._questions = questions
        self._statement = f"SELECT {', '.join(f'({question.asks})' for question in questions)}"
        self._stop = stop
        self._notices = notices
        self._notices.heard = self.wake
        self._pace = Pace(stop=stop, idle_seconds=POLL_SECONDS)

    def wake(self) -> None:
        """Look now: something has been committed."""
        self._pace.wake()

    async def run(self) -> None:
        """Until the stop. Raises DatabaseUnavailable."""
        while self._questions and not self._stop.is_set():
            began = time.monotonic()
            seconds = await self._look()
            await stopped_within(self._stop, gathering(time.monotonic() - began))
            await self._pace.rest(did_work=False, within=seconds)

    async def _look(self) -> float:
        """Wake whose time has come; in how many seconds to look again."""
        if not any(question.pace.is_resting for question in self._questions):
            return POLL_UNHEARD_SECONDS
        async with reading(self._db) as tx:
            [answers] = await tx.rows(self._statement)
        soonest = POLL_SECONDS if self._notices.are_heard else POLL_UNHEARD_SECONDS
        for question, seconds in zip(self._questions, answers, strict=True):
            if seconds is None:
                continue
            if seconds > 0:
                soonest = min(soonest, max(seconds, SOONEST_SECONDS))
                continue
            soonest = min(soonest, POLL_UNHEARD_SECONDS)
            if question.pace.is_resting:
                question.pace.wake()
        return soonest
