"""Corrections over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.intake.corrections.use_cases.correct_customer import CorrectCustomer, correct_customer
from services.intake.corrections.views import CorrectionBody, CorrectionView, correction_view
from shared.kernel.ids import CaseId
from shared.platform.db.transaction import Transaction
from shared.platform.http.edge import Caller, Db, PathId, needs, run_once, strict_body

router = APIRouter(tags=["cases"])


@router.post(
    "/v1/cases/{case_id}/corrections", operation_id="correctCustomer", status_code=201, response_model=CorrectionView
)
async def correct(
    request: Request,
    case_id: PathId,
    body: Annotated[CorrectionBody, strict_body(CorrectionBody)],
    caller: Annotated[Caller, Depends(needs("cases:write"))],
    db: Db,
) -> Response:
    """Correct the customer's name, addresses and references on an open case; the history says who changed what.

    From then on every service knows the case by the corrected values. The customer of an accepted remedy stays.
    """
    cmd = CorrectCustomer(org=caller.org, case_id=CaseId(case_id), stated=body.stated(), reason=body.reason)

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        return 201, correction_view(*await correct_customer(tx, cmd, actor=caller.actor, now=now))

    return await run_once(request, db, caller, work)
