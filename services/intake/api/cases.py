"""Cases over HTTP: register one, take a step, see everything about it."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.intake.api import answers, paper_answers, views
from services.intake.api.paging import after_instant, instant_key
from services.intake.api.parties import actor_of, parties_of
from services.intake.api.schemas import RegisterCaseBody, StepBody
from services.intake.db import dossiers, queries
from services.intake.db.queries import CaseFilter
from services.intake.domain.available import next_steps
from services.intake.domain.dossier import files
from services.intake.domain.retention import standing
from services.intake.use_cases.follow_links import take_step_and_follow
from services.intake.use_cases.purge_case import asked_of
from services.intake.use_cases.register_case import RegisterCase, register_case
from services.intake.use_cases.take_step import TakeStep
from shared.kernel.ids import CaseId
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction, reading
from shared.platform.http.edge import Caller, Db, PathId, answer, needs, run_once, strict_body
from shared.platform.http.paging import Page, Paging
from shared.platform.organisation_clock import organisation_now

router = APIRouter(tags=["cases"])

Reader = Annotated[Caller, Depends(needs("cases:read"))]
Writer = Annotated[Caller, Depends(needs("cases:write"))]
Word = Annotated[str | None, Query(max_length=100)]


async def _chosen(
    status: Word = None, case_type: Word = None, owner: Word = None, customer_ref: Word = None
) -> CaseFilter:
    return CaseFilter(status=status, case_type=case_type, owner=owner, customer_ref=customer_ref)


@router.post("/v1/cases", status_code=201, response_model=answers.RegisteredView)
async def register(
    request: Request, body: Annotated[RegisterCaseBody, strict_body(RegisterCaseBody)], caller: Writer, db: Db
) -> Response:
    """Register a complaint; the caller becomes its first responder."""
    cmd = RegisterCase(
        org=caller.org,
        case_type=body.case_type,
        channel=body.channel,
        customer_ref=body.customer.ref,
        order_ref=body.order_ref,
        description=body.description,
        facts=body.facts,
        received_at=body.received_at,
        parties=parties_of(body),
        pack=body.pack,
    )

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        case, policy = await register_case(tx, cmd, actor=actor_of(caller), now=now)
        return 201, views.registered(case, policy.intake)

    return await run_once(request, db, caller, work)


@router.post("/v1/cases/{case_id}/steps/{step}", response_model=answers.StepView)
async def take(
    request: Request,
    case_id: PathId,
    step: str,
    body: Annotated[StepBody, strict_body(StepBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """Take a step of the case's pack."""
    cmd = TakeStep(org=caller.org, case_id=CaseId(case_id), step=step, input=body.input, at=body.at)

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        taken, policy = await take_step_and_follow(tx, cmd, actor=actor_of(caller), now=now)
        return 200, views.step(taken, policy.intake)

    return await run_once(request, db, caller, work)


@router.get("/v1/cases/{case_id}", response_model=answers.CasePage)
async def show(case_id: PathId, caller: Reader, db: Db) -> Response:
    """The case page: where it stands, what may be done next, clocks, amounts, messages, papers."""
    async with reading(db) as tx:
        now = await organisation_now(tx, caller.org)
        dossier, messages = await queries.case_page(tx, org=caller.org, case_id=CaseId(case_id))
        policy = await pinned(tx, org=caller.org, pack=dossier.case.pack, version=dossier.case.pack_version)
    actor, section = actor_of(caller), policy.intake
    asked = asked_of(dossier, policy, actor=actor, now=now)
    seen, kept = asked.seen, standing(dossier, section, asked)
    offers = next_steps(dossier, section, actor=actor, seen=seen)
    papers = files(dossier, section, seen=seen)
    return answer(views.page(dossier, policy, messages=messages, offers=offers, files=papers, kept=kept))


@router.get("/v1/cases", response_model=Page[answers.CaseItem])
async def index(paging: Paging, caller: Reader, db: Db, chosen: Annotated[CaseFilter, Depends(_chosen)]) -> Response:
    """The organisation's cases, newest first."""
    after = paging.after_id
    async with reading(db) as tx:
        rows = await queries.case_list(tx, chosen, org=caller.org, after=after, limit=paging.limit + 1)
        policies = {
            pin: await pinned(tx, org=caller.org, pack=pin[0], version=pin[1])
            for pin in dict.fromkeys((row.pack, row.pack_version) for row in rows)
        }
    items = [views.item(row, policies[row.pack, row.pack_version].intake) for row in rows]
    return answer(paging.page(items, keys=[(row.case_id,) for row in rows]))


@router.get("/v1/cases/{case_id}/timeline", response_model=Page[answers.TimelineItem])
async def timeline(case_id: PathId, paging: Paging, caller: Reader, db: Db) -> Response:
    """Everything that happened to the case, in order, with who, when and under which rule."""
    after = after_instant(paging.after)
    async with reading(db) as tx:
        dossier = await dossiers.get(tx, org=caller.org, case_id=CaseId(case_id))
        case = dossier.case
        policy = await pinned(tx, org=caller.org, pack=case.pack, version=case.pack_version)
        rows = await queries.timeline(tx, org=caller.org, case_id=case.case_id, after=after, limit=paging.limit + 1)
    first = [views.registration(dossier, policy.intake)] if after is None else []
    items = [*first, *(views.history(row) for row in rows)]
    return answer(paging.page(items, keys=[instant_key(item.at, item.entry_id) for item in items]))


@router.get("/v1/cases/{case_id}/archive", response_model=paper_answers.ArchiveView)
async def archive(case_id: PathId, caller: Reader, db: Db) -> Response:
    """The index of the archived case: every paper, record and file with its hash."""
    async with reading(db) as tx:
        row = await queries.archive(tx, org=caller.org, case_id=CaseId(case_id))
    return answer(
        paper_answers.ArchiveView(
            case_id=case_id,
            archived_at=row.archived_at,
            archived_by=row.archived_by,
            entries=[paper_answers.ArchiveItem(**entry) for entry in row.entries],
            sha256=row.sha256,
        )
    )
