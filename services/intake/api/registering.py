"""Doing a registration once: twins in turn, and again when there was no number or the policy had changed.

A twin (the same request sent again while the first is under way) would take a number and give it back;
waiting for the first costs it nothing, and the numbers stay in the order of the cases.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.intake.db.current_policy import PolicyChanged, forget
from services.intake.db.numbers import Loan, NoNumber, Numbers, Place
from shared.kernel.errors import Conflict, Unavailable
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction
from shared.platform.http.edge import Caller, run_once
from shared.platform.http.idempotency import HEADER, REPLAYED, OutcomeUnknown

_ATTEMPTS: Final = 8

Key = tuple[str, str, str]
Registration = Callable[[Transaction, datetime, Loan], Awaitable[tuple[int, BaseModel]]]


class _NothingStored(Conflict):
    """The first of the twins ended without an answer to give again."""


class Registering:
    """What one application knows of the registrations under way in it."""

    def __init__(self) -> None:
        self._turns: dict[Key, _Turn] = {}
        self._numbers = Numbers()
        self._fetching: dict[Place, _Fetch] = {}

    async def once(self, request: Request, db: Database, caller: Caller, work: Registration) -> Response:
        """`run_once`, after the twins before; run again where `work` finds things not ready."""
        key = (caller.org, caller.subject, request.headers.get(HEADER, ""))
        async with self._in_turn(key) as is_twin:
            if is_twin:
                with contextlib.suppress(_NothingStored):
                    return await run_once(request, db, caller, _nothing)
            for _ in range(_ATTEMPTS):
                try:
                    return await self._attempt(request, db, caller, work)
                except NoNumber as missing:
                    await self._fetch(db, missing.place)
                except PolicyChanged:
                    forget(caller.org)
        raise Unavailable(detail="numbers are given out faster than they are made")

    async def _attempt(self, request: Request, db: Database, caller: Caller, work: Registration) -> Response:
        loan = self._numbers.lend()

        async def registration(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
            return await work(tx, now, loan)

        try:
            response = await run_once(request, db, caller, registration)
        except OutcomeUnknown:
            raise
        except Exception:
            loan.give_back()
            raise
        if REPLAYED in response.headers:
            loan.give_back()
        return response

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

    async def _fetch(self, db: Database, place: Place) -> None:
        """One at a time of each series; whoever comes before it has begun shares it."""
        fetch = self._fetching.get(place)
        if fetch is None:
            fetch = self._fetching[place] = _Fetch(asyncio.ensure_future(self._begin(db, place)))
        fetch.waiting += 1
        await asyncio.shield(fetch.done)

    async def _begin(self, db: Database, place: Place) -> None:
        try:
            await self._numbers.fetch(db, place, waiting=self._fetching[place].waiting)
        finally:
            del self._fetching[place]


@dataclass(slots=True)
class _Fetch:
    done: asyncio.Future[None]
    waiting: int = 0


@dataclass(slots=True)
class _Turn:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    served: bool = False


async def _nothing(_tx: Transaction, _now: datetime) -> tuple[int, BaseModel]:
    raise _NothingStored
