"""What the actions on a remedy have in common: who may, done once, answered with the remedy as it is afterwards."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeAlias

from fastapi import Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.settlement.remedies.rules.remedy import Remedy
from services.settlement.remedies.use_cases.show_remedies import show_remedy
from services.settlement.remedies.views import remedy_view
from shared.kernel.actor import Actor
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction
from shared.platform.http.edge import Caller, needs, run_once

Reader: TypeAlias = Annotated[Caller, Depends(needs("settlement:read"))]
Writer: TypeAlias = Annotated[Caller, Depends(needs("settlement:write"))]
Approver: TypeAlias = Annotated[Caller, Depends(needs("settlement:approve"))]
Act = Callable[[Transaction, Actor, datetime], Awaitable[Remedy]]


async def act_once(request: Request, db: Database, caller: Caller, act: Act, *, status: int = 200) -> Response:
    """Do `act` once per idempotency key, as the caller; the answer is the remedy."""

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        return status, remedy_view(await show_remedy(tx, await act(tx, caller.actor, now)))

    return await run_once(request, db, caller, work)
