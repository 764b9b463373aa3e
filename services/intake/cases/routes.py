"""Cases over HTTP: register one, list them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.intake.cases.store.cases import CaseFilter, case_list
from services.intake.cases.use_cases.register_case import RegisterCase, register_case
from services.intake.cases.views import (
    CaseItem,
    RegisterCaseBody,
    RegisteredView,
    case_item,
    parties_of,
    registered_view,
)
from shared.packs.store import pinned
from shared.platform.db.transaction import Transaction, reading
from shared.platform.http.edge import Caller, Db, answer, needs, run_once, strict_body
from shared.platform.http.paging import Page, Paging

router = APIRouter(tags=["cases"])
Reader = Annotated[Caller, Depends(needs("cases:read"))]
Writer = Annotated[Caller, Depends(needs("cases:write"))]
Word = Annotated[str | None, Query(max_length=100)]


async def _chosen(
    status: Word = None, case_type: Word = None, owner: Word = None, customer_ref: Word = None
) -> CaseFilter:
    return CaseFilter(status=status, case_type=case_type, owner=owner, customer_ref=customer_ref)


@router.post("/v1/cases", status_code=201, response_model=RegisteredView)
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
        case, policy = await register_case(tx, cmd, actor=caller.actor, now=now)
        return 201, registered_view(case, policy.intake)

    return await run_once(request, db, caller, work)


@router.get("/v1/cases", response_model=Page[CaseItem])
async def index(paging: Paging, caller: Reader, db: Db, chosen: Annotated[CaseFilter, Depends(_chosen)]) -> Response:
    """The organisation's cases, newest first."""
    after = paging.after_id
    async with reading(db) as tx:
        rows = await case_list(tx, chosen, org=caller.org, after=after, limit=paging.limit + 1)
        policies = {
            pin: await pinned(tx, org=caller.org, pack=pin[0], version=pin[1])
            for pin in dict.fromkeys((row.pack, row.policy_version) for row in rows)
        }
    items = [case_item(row, policies[row.pack, row.policy_version].intake) for row in rows]
    return answer(paging.page(items, keys=[(row.case_id,) for row in rows]))
