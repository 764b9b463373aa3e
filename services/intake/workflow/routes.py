"""Steps over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.intake.workflow.use_cases.follow_links import take_step_and_follow
from services.intake.workflow.use_cases.take_step import TakeStep
from services.intake.workflow.views import StepBody, StepView, step_view
from shared.kernel.ids import CaseId
from shared.platform.db.transaction import Transaction
from shared.platform.http.edge import Caller, Db, PathId, needs, run_once, strict_body

router = APIRouter(tags=["cases"])


@router.post("/v1/cases/{case_id}/steps/{step}", operation_id="takeStep", response_model=StepView)
async def take(
    request: Request,
    case_id: PathId,
    step: str,
    body: Annotated[StepBody, strict_body(StepBody)],
    caller: Annotated[Caller, Depends(needs("cases:write"))],
    db: Db,
) -> Response:
    """Take a step of a case, as its pack allows."""
    cmd = TakeStep(
        org=caller.org,
        case_id=CaseId(case_id),
        step=step,
        input=body.input,
        at=body.at,
        evidence=tuple(dict.fromkeys(body.evidence)),
    )

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        taken, policy = await take_step_and_follow(tx, cmd, actor=caller.actor, now=now)
        return 200, step_view(taken, policy.intake)

    return await run_once(request, db, caller, work)
