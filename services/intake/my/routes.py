"""What customers and bearers of links see and do of their own cases. Any other case does not exist here."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.intake.evidence.routes import DOWNLOAD, LARGEST_FORM, MULTIPART, give_back, receive
from services.intake.evidence.rules import EvidenceUnknown
from services.intake.my.store import OwnCaseRow, own_cases
from services.intake.my.use_cases.load_own import load_own
from services.intake.my.use_cases.take_own_step import take_own_step
from services.intake.my.views import MyCase, MyCaseItem, MyFile, MyStepBody, my_case, my_case_item, my_file
from services.intake.workflow.rules.available import next_steps
from services.intake.workflow.use_cases.take_step import TakeStep
from shared.kernel.ids import CaseId
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction, reading
from shared.platform.http.body_limit import body_limit
from shared.platform.http.edge import Caller, Db, PathId, answer, needs_customer, run_once, strict_body
from shared.platform.http.paging import Page, Paging
from shared.platform.organisation_clock import organisation_now

router = APIRouter(tags=["own cases"])
Reader = Annotated[Caller, Depends(needs_customer("my:read"))]
Writer = Annotated[Caller, Depends(needs_customer("my:write"))]


@router.get("/v1/my/cases", operation_id="listOwnCases", response_model=Page[MyCaseItem])
async def index(paging: Paging, caller: Reader, db: Db) -> Response:
    """List the caller's own cases, newest first."""
    async with reading(db) as tx:
        rows = await own_cases(tx, caller, after=paging.after_id, limit=paging.limit + 1)
        items = [await _item(tx, caller, row) for row in rows]
    return answer(paging.page(items, keys=[(row.case_id,) for row in rows]))


@router.get("/v1/my/cases/{case_id}", operation_id="showOwnCase", response_model=MyCase)
async def show(case_id: PathId, caller: Reader, db: Db) -> Response:
    """Show an own case: what the pack shows to customers, and what they may do now."""
    async with reading(db) as tx:
        return answer(await _page(tx, caller, CaseId(case_id), now=await organisation_now(tx, caller.org)))


@router.post("/v1/my/cases/{case_id}/steps/{step}", operation_id="takeOwnStep", response_model=MyCase)
async def take(
    request: Request,
    case_id: PathId,
    step: str,
    body: Annotated[MyStepBody, strict_body(MyStepBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """Take a step of an own case that the pack opens to customers."""
    cmd = TakeStep(org=caller.org, case_id=CaseId(case_id), step=step, input=body.input)

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        await take_own_step(tx, caller, cmd, now=now)
        return 200, await _page(tx, caller, cmd.case_id, now=now)

    return await run_once(request, db, caller, work)


@router.post(
    "/v1/my/cases/{case_id}/evidence",
    operation_id="fileOwnEvidence",
    status_code=201,
    response_model=MyFile,
    responses={200: {"model": MyFile, "description": "The case has the same content already."}},
    openapi_extra=MULTIPART,
)
@body_limit(LARGEST_FORM)
async def file(request: Request, case_id: PathId, caller: Writer, db: Db) -> Response:
    """Add a file to an own case, of a kind that the pack lets customers file."""
    async with reading(db) as tx:
        section = (await load_own(tx, caller, CaseId(case_id))).section
    kinds = [kind for kind in section.evidence if kind.from_customer]
    return await receive(request, db, caller, CaseId(case_id), kinds=kinds, view=lambda filed, _created: my_file(filed))


@router.get(
    "/v1/my/cases/{case_id}/evidence/{evidence_id}",
    operation_id="downloadOwnEvidence",
    response_class=Response,
    responses=DOWNLOAD,
)
async def download(request: Request, case_id: PathId, evidence_id: PathId, caller: Reader, db: Db) -> Response:
    """Download a file that the customer filed, as it was sent."""
    async with reading(db) as tx:
        loaded = await load_own(tx, caller, CaseId(case_id))
    if not any(each.evidence_id == evidence_id and each.by_customer for each in loaded.dossier.evidence):
        raise EvidenceUnknown
    return await give_back(request, db, caller, CaseId(case_id), evidence_id)


async def _item(tx: Transaction, caller: Caller, row: OwnCaseRow) -> MyCaseItem:
    policy = await pinned(tx, org=caller.org, pack=row.pack, version=row.policy_version)
    return my_case_item(row, policy.intake)


async def _page(tx: Transaction, caller: Caller, case_id: CaseId, *, now: datetime) -> MyCase:
    loaded = await load_own(tx, caller, case_id)
    seen = loaded.seen_by(caller.actor, now=now)
    steps = next_steps(loaded.dossier, loaded.section, actor=caller.actor, seen=seen) if caller.permits("step") else ()
    return my_case(loaded.dossier, loaded.policy, steps=list(steps), may_file=caller.permits("file"))
