"""The ledger over HTTP."""

from fastapi import APIRouter
from starlette.responses import Response

from services.settlement.cases import store as cases
from services.settlement.ledger import store
from services.settlement.ledger.views import LedgerView, ledger_view
from services.settlement.remedies.routes.actions import Reader
from shared.platform.db.transaction import reading
from shared.platform.http.catching_up import CaseRoute
from shared.platform.http.edge import Db, PathId, answer

router = APIRouter(tags=["settlement"], route_class=CaseRoute)


@router.get("/v1/cases/{case_id}/ledger", response_model=LedgerView)
async def postings(case_id: PathId, caller: Reader, db: Db) -> Response:
    """The double entries of a case: all of them, a case is settled once."""
    async with reading(db) as tx:
        await cases.get(tx, org=caller.org, case_id=case_id)
        lines = await store.of_case(tx, org=caller.org, case_id=case_id)
    return answer(ledger_view(lines))
