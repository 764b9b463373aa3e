"""A simulated database of one service: rows under keys, read committed, row locks, savepoints, lost connections.

What the model keeps of PostgreSQL: a transaction sees its own writes and what is committed at each statement; a row
that another transaction has written or locked is waited for; of two that wait for each other one fails; a sequence is
taken before the commit, so numbers may become visible out of order.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from shared.platform.db.transaction import DatabaseUnavailable
from tests.simulation.scheduler import Scheduler, Signal, pause

Key = tuple[Any, ...]
_GONE: Final = object()


class SimulatedDatabase:
    """The committed rows and who holds which lock."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.tables: dict[str, dict[Key, Any]] = defaultdict(dict)
        self.exclusive: dict[Key, SimulatedTransaction] = {}
        self.shared: dict[Key, set[SimulatedTransaction]] = {}
        self.open: dict[SimulatedTransaction, None] = {}
        self.unlocked = Signal(scheduler)
        self.appended = Signal(scheduler)
        self.trouble = 0.0
        self._sequence = 0

    def next(self) -> int:
        """The next number of the sequence; never given back."""
        self._sequence += 1
        return self._sequence

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["SimulatedTransaction"]:
        """Commits at the end of the block, rolls back when it raises or is killed."""
        tx = SimulatedTransaction(self)
        self.open[tx] = None
        try:
            yield tx
            await tx.statement()
            tx.commit()
        finally:
            tx.end()

    def get(self, key: Key) -> Any:
        """A committed row."""
        return self.tables[key[0]].get(key)

    def of(self, table: str) -> list[tuple[Key, Any]]:
        """The committed rows of a table."""
        return list(self.tables[table].items())


class SimulatedTransaction:
    """Writes that no other transaction sees yet."""

    def __init__(self, db: SimulatedDatabase) -> None:
        self.db = db
        self.is_broken = False
        self._written: dict[Key, Any] = {}
        self._waits_for: set[SimulatedTransaction] = set()
        self._locked: list[Key] = []

    async def statement(self) -> None:
        """The boundary of a statement, at which the connection may be found lost."""
        await pause()
        if self.db.trouble and self.db.scheduler.random.random() < self.db.trouble:
            self.lose()
        if self.is_broken:
            raise DatabaseUnavailable(detail="the connection is lost")

    def lose(self) -> None:
        """The server ends the session: its locks are free at once, the client hears of it at its next statement."""
        self.is_broken = True
        self._written.clear()
        self._unlock()

    def get(self, key: Key) -> Any:
        """The row as this statement sees it; None when there is none."""
        row = self._written[key] if key in self._written else self.db.get(key)
        return None if row is _GONE else row

    def of(self, *prefix: Any) -> list[tuple[Key, Any]]:
        """Rows whose key begins so, in the order of writing."""
        size, table = len(prefix), prefix[0]
        merged = dict(self.db.tables[table])
        merged.update({key: row for key, row in self._written.items() if key[0] == table})
        return [(key, row) for key, row in merged.items() if key[:size] == prefix and row is not _GONE]

    async def put(self, key: Key, row: Any) -> None:
        """Write a row under its lock."""
        await self.lock(key)
        self._written[key] = row

    async def remove(self, key: Key) -> None:
        """Delete a row under its lock."""
        await self.put(key, _GONE)

    async def lock(self, key: Key) -> None:
        """FOR UPDATE, or the lock of a unique key."""
        while blockers := self._blockers(key):
            await self._wait(blockers)
        self._own(key)

    def try_lock(self, key: Key) -> bool:
        """SKIP LOCKED, or an advisory lock that is tried."""
        if self._blockers(key):
            return False
        self._own(key)
        return True

    def _own(self, key: Key) -> None:
        self.db.exclusive[key] = self
        self._locked.append(key)

    async def lock_shared(self, key: Key) -> None:
        """FOR SHARE."""
        while (owner := self.db.exclusive.get(key)) not in (None, self):
            await self._wait({owner} if owner else set())
        self.db.shared.setdefault(key, set()).add(self)
        self._locked.append(key)

    def save(self) -> dict[Key, Any]:
        """SAVEPOINT."""
        return dict(self._written)

    def restore(self, saved: dict[Key, Any]) -> None:
        """ROLLBACK TO SAVEPOINT; locks stay until the end."""
        self._written = saved

    def commit(self) -> None:
        """Make the writes visible."""
        for key, row in self._written.items():
            if row is _GONE:
                self.db.tables[key[0]].pop(key, None)
            else:
                self.db.tables[key[0]][key] = row
        if any(key[0] == "outbox" for key in self._written):
            self.db.appended.fire()

    def end(self) -> None:
        """Give all locks back."""
        self._unlock()
        self.db.open.pop(self, None)

    def _blockers(self, key: Key) -> "set[SimulatedTransaction]":
        owner, sharing = self.db.exclusive.get(key), self.db.shared.get(key)
        others = sharing - {self} if sharing else set()
        return others if owner is None or owner is self else others | {owner}

    async def _wait(self, blockers: "set[SimulatedTransaction]") -> None:
        self._waits_for = blockers
        if any(blocker.waits_for(self) for blocker in blockers):
            self._waits_for = set()
            raise DatabaseUnavailable(detail="deadlock")
        await self.db.scheduler.wait(self.db.unlocked, within=60)
        self._waits_for = set()
        await self.statement()

    def waits_for(self, other: "SimulatedTransaction") -> bool:
        """Whether this one waits, also through others, for `other`."""
        return other in self._waits_for or any(blocker.waits_for(other) for blocker in self._waits_for)

    def _unlock(self) -> None:
        for key in self._locked:
            if self.db.exclusive.get(key) is self:
                del self.db.exclusive[key]
            owners = self.db.shared.get(key)
            if owners is not None:
                owners.discard(self)
                if not owners:
                    del self.db.shared[key]
        if self._locked:
            self._locked.clear()
            self.db.unlocked.fire()
