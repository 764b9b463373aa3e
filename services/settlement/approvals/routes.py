"""Approvals over HTTP: approve and decline."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.settlement.approvals import metrics
from services.settlement.approvals.use_cases.approve_remedy import ApproveRemedy, approve_remedy
from services.settlement.approvals.use_cases.decline_remedy import DeclineRemedy, decline_remedy
from services.settlement.approvals.views import DeclineBody
from services.settlement.remedies.routes.actions import Approver, act_once
from services.settlement.remedies.rules.remedy import Remedy
from services.settlement.remedies.views import HashBody, RemedyView
from shared.kernel.actor import Actor
from shared.platform.db.transaction import Transaction
from shared.platform.http.edge import Db, PathId, strict_body

router = APIRouter(tags=["settlement"])


@router.post("/v1/remedies/{remedy_id}/approve", operation_id="approveRemedy", response_model=RemedyView)
async def approve(
    request: Request, remedy_id: PathId, body: Annotated[HashBody, strict_body(HashBody)], caller: Approver, db: Db
) -> Response:
    """Approve a remedy in a role that its amount needs."""
    cmd = ApproveRemedy(org=caller.org, remedy_id=remedy_id, quote_hash=body.quote_hash)
    approved: list[Remedy] = []

    async def act(tx: Transaction, actor: Actor, now: datetime) -> Remedy:
        approved[:] = [await approve_remedy(tx, cmd, actor=actor, now=now)]
        return approved[0]

    answer = await act_once(request, db, caller, act)
    if any(remedy.approvals[-1].exempt is not None for remedy in approved):
        metrics.OWN_APPROVALS.inc()
    return answer


@router.post("/v1/remedies/{remedy_id}/decline", operation_id="declineRemedy", response_model=RemedyView)
async def decline(
    request: Request,
    remedy_id: PathId,
    body: Annotated[DeclineBody, strict_body(DeclineBody)],
    caller: Approver,
    db: Db,
) -> Response:
    """Refuse to approve a remedy; the remedy ends."""
    cmd = DeclineRemedy(org=caller.org, remedy_id=remedy_id, reason=body.reason)
    return await act_once(request, db, caller, lambda tx, actor, now: decline_remedy(tx, cmd, actor=actor, now=now))
