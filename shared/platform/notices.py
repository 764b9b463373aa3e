"""Tells the other processes of a service that something was committed, and hears of what they committed.

LISTEN and NOTIFY of PostgreSQL on one connection of the process. A NOTIFY takes a lock of the whole cluster when its
transaction commits, so it is sent after the commits that it tells of, in a transaction of its own, and one stands for
all commits of a quarter of a second. What a broken connection loses is found by the watch, which polls (`watch.py`).
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading
from shared.platform.loops import Pace, stopped_within

EVERY_SECONDS: Final = 0.25
"""The shortest time from one notice to the next; the first after a pause is sent at once."""
ALIVE_SECONDS: Final = 30.0
"""After so long without a notice the server is asked for an answer, so that a dead connection is noticed."""


class Notices:
    """The notices of one process; `heard`, once it is set, is called for each notice of another process."""

    def __init__(self, db: Database, *, stop: asyncio.Event) -> None:
        self._db = db
        self._channel = f"redress_{db.kernel.schema}"
        self._stop = stop
        self.heard: Callable[[], None] | None = None
        self._pace = Pace(stop=stop, idle_seconds=ALIVE_SECONDS)
        self.are_heard = False
        """Whether notices come in now."""

    def tell(self) -> None:
        """Something was committed."""
        self._pace.wake()

    async def run(self) -> None:
        """Until the stop. Raises DatabaseUnavailable when the connection ends; run it again."""
        apart = self._db.apart()
        try:
            async with reading(apart) as tx:
                if self.heard is not None:
                    await self._listen(tx.driver, self.heard)
                while not self._stop.is_set():
                    is_told = await self._pace.rest(did_work=False)
                    await tx.rows(f"NOTIFY {self._channel}" if is_told else "SELECT 1")
                    await stopped_within(self._stop, EVERY_SECONDS)
        finally:
            self.are_heard = False
            await apart.dispose()

    async def _listen(self, driver: Any, heard: Callable[[], None]) -> None:
        own = driver.get_server_pid()

        def on_notice(_connection: object, sender: int, _channel: str, _payload: object) -> None:
            if sender != own:
                heard()

        def on_end(_connection: object) -> None:
            self.are_heard = False
            self._pace.wake()

        driver.add_termination_listener(on_end)
        await driver.add_listener(self._channel, on_notice)
        self.are_heard = True
        heard()
