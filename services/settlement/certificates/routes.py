"""Certificates over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.settlement.certificates.use_cases.record_certificate import RecordCertificate, record_certificate
from services.settlement.certificates.views import CertificateBody
from services.settlement.remedies.routes.actions import Writer, act_once
from services.settlement.remedies.views import RemedyView
from shared.platform.http.edge import Db, PathId, strict_body

router = APIRouter(tags=["settlement"])


@router.post("/v1/remedies/{remedy_id}/certificate", operation_id="recordCertificate", response_model=RemedyView)
async def certificate(
    request: Request,
    remedy_id: PathId,
    body: Annotated[CertificateBody, strict_body(CertificateBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """Record the tax certificate of a remedy."""
    cmd = RecordCertificate(
        org=caller.org,
        remedy_id=remedy_id,
        certificate=body.certificate,
        reference=body.reference,
        amount=None if body.amount is None else body.amount.money(),
    )
    return await act_once(request, db, caller, lambda tx, actor, now: record_certificate(tx, cmd, actor=actor, now=now))
