"""Clocks as people read them over REST: those of a case, one of them, and why it is due when it is."""

from fastapi import APIRouter
from starlette.responses import Response

from services.sla.clockpage import store
from services.sla.clockpage.use_cases.explain_clock import explain_clock
from services.sla.clockpage.views import ClockExplanation, ClockView, clock_view, explanation_view
from services.sla.clocks.routes import Name, Reader, Which, by_id, by_name
from shared.platform.db.engine import Database
from shared.platform.db.transaction import reading
from shared.platform.http.catching_up import CaseRoute
from shared.platform.http.edge import Caller, Db, PathId, answer
from shared.platform.http.paging import CasePaging, Page

router = APIRouter(tags=["sla"], route_class=CaseRoute)


@router.get("/v1/cases/{case_id}/clocks", operation_id="listClocksOfCase", response_model=Page[ClockView])
async def of_case(case_id: PathId, caller: Reader, db: Db, paging: CasePaging) -> Response:
    """List the clocks of a case, oldest first."""
    async with reading(db) as tx:
        shown = await store.of_case(tx, org=caller.org, case_id=case_id, after=paging.after_id, limit=paging.limit + 1)
    views = [clock_view(each) for each in shown]
    return answer(paging.page(views, keys=[(view.clock_id,) for view in views]))


@router.get("/v1/clocks/{clock_id}", operation_id="showClock", response_model=ClockView)
async def one(clock_id: PathId, caller: Reader, db: Db) -> Response:
    """Show one clock."""
    async with reading(db) as tx:
        shown = await store.get(tx, org=caller.org, clock_id=clock_id)
    return answer(clock_view(shown))


@router.get("/v1/clocks/{clock_id}/explain", operation_id="explainClock", response_model=ClockExplanation)
async def explain(clock_id: PathId, caller: Reader, db: Db) -> Response:
    """Explain a clock's due instant: each day counted or skipped, and why."""
    return await _explained(db, caller, by_id(clock_id))


@router.get(
    "/v1/cases/{case_id}/clocks/{clock}/explain", operation_id="explainClockOfCase", response_model=ClockExplanation
)
async def explain_by_name(case_id: PathId, clock: Name, caller: Reader, db: Db) -> Response:
    """Explain the due instant of a case's clock, found by its name."""
    return await _explained(db, caller, by_name(caller.org, case_id, clock))


async def _explained(db: Database, caller: Caller, which: Which) -> Response:
    async with reading(db) as tx:
        explained = await explain_clock(tx, org=caller.org, clock_id=await which(tx))
    return answer(explanation_view(explained))
