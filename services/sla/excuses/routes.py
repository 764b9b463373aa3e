"""Excuses over REST: state why a limit was missed."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.sla.clockpage import store
from services.sla.clockpage.views import ClockView, clock_view
from services.sla.clocks.routes import Name, Which, Writer, by_id, by_name
from services.sla.excuses.use_cases.excuse_clock import ExcuseClock, excuse_clock
from services.sla.excuses.views import ExcuseBody
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction
from shared.platform.http.catching_up import CaseRoute
from shared.platform.http.edge import Caller, Db, PathId, run_once, strict_body

router = APIRouter(tags=["sla"], route_class=CaseRoute)


@router.post("/v1/clocks/{clock_id}/excuse", operation_id="excuseClock", response_model=ClockView)
async def excuse(
    request: Request, clock_id: PathId, body: Annotated[ExcuseBody, strict_body(ExcuseBody)], caller: Writer, db: Db
) -> Response:
    """State why a clock whose limit holds in principle was missed."""
    return await _excused(request, db, caller, body, by_id(clock_id))


@router.post("/v1/cases/{case_id}/clocks/{clock}/excuse", operation_id="excuseClockOfCase", response_model=ClockView)
async def excuse_by_name(
    request: Request,
    case_id: PathId,
    clock: Name,
    body: Annotated[ExcuseBody, strict_body(ExcuseBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """State why a case's clock, found by its name, was missed."""
    return await _excused(request, db, caller, body, by_name(caller.org, case_id, clock))


async def _excused(request: Request, db: Database, caller: Caller, body: ExcuseBody, which: Which) -> Response:
    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        cmd = ExcuseClock(org=caller.org, clock_id=await which(tx), reason=body.reason)
        clock = await excuse_clock(tx, cmd, actor=caller.actor, now=now)
        return 200, clock_view(await store.get(tx, org=caller.org, clock_id=clock.clock_id))

    return await run_once(request, db, caller, work)
