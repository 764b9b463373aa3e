"""Doing a registration once: twins in turn, and only when there are numbers to give out.

A twin (the same request sent again while the first is under way) would take a number and give it back;
waiting for the first costs it nothing, and the numbers stay in the order of the cases.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.intake.db.registrations import NotReady, prepare
from shared.db.engine import Database
from shared.db.transaction import Transaction
from shared.errors import Conflict, Unavailable
from shared.http.edge import Caller, Work, run_once
from shared.http.idempotency import HEADER

_ATTEMPTS: Final = 8

Key = tuple[str, str, str]


class _NothingStored(Conflict):
    """The first of the twins ended without an answer to give again."""


class Registering:
    """What one application knows of the registrations under way in it."""

    def __init__(self) -> None:
        self._turns: dict[Key, _Turn] = {}
        self._preparing: dict[tuple[str, str], asyncio.Future[None]] = {}

    async def once(self, request: Request, db: Database, caller: Caller, work: Work) -> Response:
        """`run_once`, after the twins before; prepared and run again where `work` finds things not ready."""
        key = (caller.org, caller.subject, request.headers.get(HEADER, ""))
        async with self._in_turn(key) as is_twin:
            if is_twin:
                with contextlib.suppress(_NothingStored):
                    return await run_once(request, db, caller, _nothing)
            for _ in range(_ATTEMPTS):
                try:
                    return await run_once(request, db, caller, work)
                except NotReady as missing:
                    await self._prepare(db, missing)
        raise Unavailable(detail="numbers are given out faster than they are made")

    @asynccontextmanager
    async def _in_turn(self, key: Key) -> AsyncIterator[bool]:
        """One of the same key at a time; True for those that had to wait."""
        turn = self._turns.setdefault(key, _Turn())
        turn.users += 1
        try:
            async with turn.lock:
                yield turn.served
                turn.served = True
        finally:
            turn.users -= 1
            if not turn.users:
                del self._turns[key]

    async def _prepare(self, db: Database, missing: NotReady) -> None:
        """One preparation per series at a time; whoever comes meanwhile shares it."""
        series = (missing.org, missing.series.key)
        running = self._preparing.get(series)
        if running is None:
            running = self._preparing[series] = asyncio.ensure_future(prepare(db, missing))
            running.add_done_callback(lambda _: self._preparing.pop(series))
        await asyncio.shield(running)


@dataclass(slots=True)
class _Turn:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    served: bool = False


async def _nothing(_tx: Transaction, _now: datetime) -> tuple[int, BaseModel]:
    raise _NothingStored
