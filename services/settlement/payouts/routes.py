"""Payouts over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.settlement.payouts.use_cases.request_payout import RequestPayout, request_payout
from services.settlement.payouts.views import PayoutBody
from services.settlement.remedies.routes.actions import Writer, act_once
from services.settlement.remedies.views import RemedyView
from shared.platform.http.edge import Db, PathId, strict_body

router = APIRouter(tags=["settlement"])


@router.post("/v1/remedies/{remedy_id}/payout", status_code=202, response_model=RemedyView)
async def payout(
    request: Request, remedy_id: PathId, body: Annotated[PayoutBody, strict_body(PayoutBody)], caller: Writer, db: Db
) -> Response:
    """Ask for the one payout; it is carried out after the answer."""
    cmd = RequestPayout(org=caller.org, remedy_id=remedy_id, amount=body.amount.money(), quote_hash=body.quote_hash)
    return await act_once(
        request, db, caller, lambda tx, actor, now: request_payout(tx, cmd, actor=actor, now=now), status=202
    )
