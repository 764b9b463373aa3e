"""Purges over HTTP: have a case purged, and see the certificate."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.intake.api import timed_answers, timed_views
from services.intake.api.parties import actor_of
from services.intake.api.schemas import PurgeBody
from services.intake.db import cases, purges
from services.intake.use_cases.purge_case import PurgeCase, purge_case
from shared.kernel.ids import CaseId
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction, reading
from shared.platform.http.edge import Caller, Db, PathId, answer, needs, run_once, strict_body

router = APIRouter(tags=["retention"])


@router.post("/v1/cases/{case_id}/purge", response_model=timed_answers.CertificateView)
async def purge(
    request: Request,
    case_id: PathId,
    body: Annotated[PurgeBody, strict_body(PurgeBody)],  # noqa: ARG001 (its shape is all that it says)
    caller: Annotated[Caller, Depends(needs("cases:write"))],
    db: Db,
) -> Response:
    """Erase the contents of a case whose time of keeping is over."""
    cmd = PurgeCase(org=caller.org, case_id=CaseId(case_id))

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        certificate, _ = await purge_case(tx, cmd, actor=actor_of(caller), now=now)
        return 200, timed_views.certificate(certificate)

    return await run_once(request, db, caller, work)


@router.get("/v1/cases/{case_id}/purge-certificate", response_model=timed_answers.CertificateView)
async def certificate(case_id: PathId, caller: Annotated[Caller, Depends(needs("cases:read"))], db: Db) -> Response:
    """What a purge erased, when, by whom and under which rule."""
    case = CaseId(case_id)
    async with reading(db) as tx:
        row = await purges.certificate_of(tx, org=caller.org, case_id=case)
        pack, version = await cases.policy_of(tx, org=caller.org, case_id=case)
        policy = await pinned(tx, org=caller.org, pack=pack, version=version)
    return answer(timed_views.stored_certificate(row, policy.intake, case_id=case_id))
