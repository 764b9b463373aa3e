"""An organisation's ERP over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from services.settlement.erp import store
from services.settlement.erp.rules import ErpNotFound
from services.settlement.erp.use_cases.set_erp import SetErp, set_erp
from services.settlement.erp.views import ErpBody, ErpView, erp_view
from shared.contracts.erp import CALLBACKS
from shared.kernel.clock import SystemClock
from shared.platform.db.transaction import reading, transaction
from shared.platform.http.catching_up import position_after
from shared.platform.http.edge import Caller, Db, answer, needs, strict_body
from shared.platform.position import HEADER

router = APIRouter(tags=["settlement"])
Admin = Annotated[Caller, Depends(needs("admin"))]


@router.put("/v1/erp", operation_id="setErp", response_model=ErpView)
async def put(request: Request, body: Annotated[ErpBody, strict_body(ErpBody)], caller: Admin, db: Db) -> Response:
    """Set the ERP that pays for the caller's organisation. The same request may be repeated."""
    state = request.app.state
    cmd = SetErp(
        org=caller.org,
        url=body.url,
        scheme=body.scheme,
        secret=body.secret,
        callback_secret=body.callback_secret,
        allow_loopback=state.loopback_erp_allowed,
    )
    async with transaction(db) as tx:
        address = await set_erp(tx, cmd, sealer=state.sealer, actor=caller.actor, now=SystemClock().now())
        position = position_after(request, tx)
    db.work_committed()
    return answer(erp_view(address, callback_path=f"{CALLBACKS}/{caller.org}"), headers={HEADER: position})


@router.get("/v1/erp", operation_id="showErp", response_model=ErpView)
async def show(request: Request, caller: Admin, db: Db) -> Response:
    """Show the ERP that pays for the caller's organisation, without its secrets."""
    async with reading(db) as tx:
        address = await store.find(tx, org=caller.org, sealer=request.app.state.sealer)
    if address is None:
        raise ErpNotFound
    return answer(erp_view(address, callback_path=f"{CALLBACKS}/{caller.org}"))
