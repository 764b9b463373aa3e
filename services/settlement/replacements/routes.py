"""Replacement goods over HTTP: book returns, release replacements."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.settlement.remedies.routes.actions import Writer, act_once
from services.settlement.remedies.views import RemedyView
from services.settlement.replacements.use_cases.book_return import BookReturn, book_return
from services.settlement.replacements.use_cases.release_replacement import ReleaseReplacement, release_replacement
from services.settlement.replacements.views import QuantityBody
from shared.platform.http.edge import Db, PathId, strict_body

router = APIRouter(tags=["settlement"])


@router.post("/v1/remedies/{remedy_id}/returns", operation_id="recordReturn", response_model=RemedyView)
async def returns(
    request: Request,
    remedy_id: PathId,
    body: Annotated[QuantityBody, strict_body(QuantityBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """Record the goods that came back for a replacement."""
    cmd = BookReturn(org=caller.org, remedy_id=remedy_id, quantity=Decimal(body.quantity))
    return await act_once(request, db, caller, lambda tx, actor, now: book_return(tx, cmd, actor=actor, now=now))


@router.post("/v1/remedies/{remedy_id}/release", operation_id="releaseReplacement", response_model=RemedyView)
async def release(
    request: Request,
    remedy_id: PathId,
    body: Annotated[QuantityBody, strict_body(QuantityBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """Release the replacement goods of a remedy."""
    cmd = ReleaseReplacement(org=caller.org, remedy_id=remedy_id, quantity=Decimal(body.quantity))
    return await act_once(
        request, db, caller, lambda tx, actor, now: release_replacement(tx, cmd, actor=actor, now=now)
    )
