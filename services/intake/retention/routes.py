"""Retention over HTTP: how long a case is kept and why, have it purged, see the certificate."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.intake.cases.store.cases import pin_of
from services.intake.dossier.store import load_case
from services.intake.retention.rules import retention_status
from services.intake.retention.store import get_certificate
from services.intake.retention.use_cases.purge_case import PurgeCase, purge_case, purge_request
from services.intake.retention.views import (
    CertificateView,
    PurgeBody,
    RetentionExplainedView,
    certificate_view,
    explained_view,
    stored_certificate_view,
)
from services.intake.terms.rules import case_rules, file_terms, holding
from shared.kernel.ids import CaseId
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction, reading
from shared.platform.http.edge import Caller, Db, PathId, answer, needs, run_once, strict_body
from shared.platform.organisation_clock import organisation_now

router = APIRouter(tags=["retention"])


@router.post("/v1/cases/{case_id}/purge", operation_id="purgeCase", response_model=CertificateView)
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
        certificate, _ = await purge_case(tx, cmd, actor=caller.actor, now=now)
        return 200, certificate_view(certificate)

    return await run_once(request, db, caller, work)


@router.get(
    "/v1/cases/{case_id}/purge-certificate", operation_id="showPurgeCertificate", response_model=CertificateView
)
async def certificate(case_id: PathId, caller: Annotated[Caller, Depends(needs("cases:read"))], db: Db) -> Response:
    """Show what a purge erased, when, by whom and under which rule."""
    case = CaseId(case_id)
    async with reading(db) as tx:
        row = await get_certificate(tx, org=caller.org, case_id=case)
        pack, version = await pin_of(tx, org=caller.org, case_id=case)
        policy = await pinned(tx, org=caller.org, pack=pack, version=version)
    return answer(stored_certificate_view(row, policy.intake, case_id=case_id))


@router.get("/v1/cases/{case_id}/retention", operation_id="explainRetention", response_model=RetentionExplainedView)
async def explain(case_id: PathId, caller: Annotated[Caller, Depends(needs("cases:read"))], db: Db) -> Response:
    """Explain until when a case and its files are kept, and by which rules."""
    async with reading(db) as tx:
        now = await organisation_now(tx, caller.org)
        loaded = await load_case(tx, org=caller.org, case_id=CaseId(case_id))
    dossier, section = loaded.dossier, loaded.section
    asked = purge_request(loaded, actor=caller.actor, now=now)
    kept = retention_status(dossier, section, asked)
    rules = case_rules(dossier, section, seen=asked.seen, zone=asked.zone)
    files = file_terms(dossier, section, seen=asked.seen, zone=asked.zone)
    hold = holding(dossier.case, section, seen=asked.seen)
    return answer(explained_view(kept, dossier.case, rules=rules, files=files, hold=hold))
