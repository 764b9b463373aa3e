"""Extensions over REST: request a later due instant, decide about it, list what is to be decided."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.sla.clocks.routes import Name, Reader, Which, Writer, by_id, by_name
from services.sla.extensions import store
from services.sla.extensions.rules.extension import ExtensionState
from services.sla.extensions.use_cases.decide_extension import DecideExtension, decide_extension
from services.sla.extensions.use_cases.request_extension import RequestExtension, request_extension
from services.sla.extensions.views import DecisionBody, ExtensionBody, ExtensionView, extension_view
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, reading
from shared.platform.http.catching_up import CaseRoute
from shared.platform.http.edge import Caller, Db, PathId, answer, run_once, strict_body
from shared.platform.http.paging import Page, Paging

router = APIRouter(tags=["sla"], route_class=CaseRoute)


@router.post(
    "/v1/clocks/{clock_id}/extensions", operation_id="requestExtension", status_code=201, response_model=ExtensionView
)
async def extend(
    request: Request,
    clock_id: PathId,
    body: Annotated[ExtensionBody, strict_body(ExtensionBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """Request a later due instant of a clock; another person decides."""
    return await _requested(request, db, caller, body, by_id(clock_id))


@router.post(
    "/v1/cases/{case_id}/clocks/{clock}/extensions",
    operation_id="requestExtensionOfCase",
    status_code=201,
    response_model=ExtensionView,
)
async def extend_by_name(
    request: Request,
    case_id: PathId,
    clock: Name,
    body: Annotated[ExtensionBody, strict_body(ExtensionBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """Request a later due instant of a case's clock, found by its name."""
    return await _requested(request, db, caller, body, by_name(caller.org, case_id, clock))


@router.get("/v1/extensions", operation_id="listExtensions", response_model=Page[ExtensionView])
async def in_state(
    caller: Reader,
    db: Db,
    paging: Paging,
    state: ExtensionState = ExtensionState.PENDING,
    role: Annotated[str | None, Query(max_length=100, description="The role that decides.")] = None,
) -> Response:
    """List the requests for a later due instant in a state, oldest first."""
    async with reading(db) as tx:
        found = await store.in_state(
            tx, org=caller.org, state=state.value, approver_role=role, after=paging.after_id, limit=paging.limit + 1
        )
    views = [extension_view(each) for each in found]
    return answer(paging.page(views, keys=[(view.extension_id,) for view in views]))


@router.post("/v1/extensions/{extension_id}/decision", operation_id="decideExtension", response_model=ExtensionView)
async def decide(
    request: Request,
    extension_id: PathId,
    body: Annotated[DecisionBody, strict_body(DecisionBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """Grant or reject a request for a later due instant.

    The approving role decides, never the author of the request.
    """
    cmd = DecideExtension(
        org=caller.org,
        extension_id=extension_id,
        approve=body.approve,
        due_on=body.due_on,
        due_at=body.due_at,
        reason=body.reason,
    )

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        return 200, extension_view(await decide_extension(tx, cmd, actor=caller.actor, now=now))

    return await run_once(request, db, caller, work)


async def _requested(request: Request, db: Database, caller: Caller, body: ExtensionBody, which: Which) -> Response:
    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        cmd = RequestExtension(
            org=caller.org,
            clock_id=await which(tx),
            opinion=body.opinion,
            evidence=body.evidence,
            proposed_due_on=body.proposed_due_on,
            proposed_due_at=body.proposed_due_at,
        )
        return 201, extension_view(await request_extension(tx, cmd, actor=caller.actor, now=now))

    return await run_once(request, db, caller, work)
