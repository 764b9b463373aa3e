"""Offers on a customer's own case: see, accept, reject. Any other case does not exist here."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.settlement.my.use_cases.load_own import load_own, require_own_offer
from services.settlement.my.views import MyOfferView, my_offer
from services.settlement.remedies.rules.remedy import Remedy
from services.settlement.remedies.store import remedies
from services.settlement.remedies.use_cases.accept_remedy import AcceptRemedy, accept_remedy
from services.settlement.remedies.use_cases.reject_remedy import RejectRemedy, reject_remedy
from services.settlement.remedies.views import AcceptBody, RejectBody
from shared.platform.db.engine import Database
from shared.platform.db.transaction import Transaction, reading
from shared.platform.http.catching_up import CaseRoute
from shared.platform.http.edge import Caller, Db, PathId, answer, needs_customer, run_once, strict_body
from shared.platform.http.paging import CasePaging, Page
from shared.platform.links.store import use_link

router = APIRouter(tags=["own cases"], route_class=CaseRoute)
Reader = Annotated[Caller, Depends(needs_customer("my:read"))]
Writer = Annotated[Caller, Depends(needs_customer("my:write"))]
Act = Callable[[Transaction, datetime], Awaitable[Remedy]]


@router.get("/v1/my/cases/{case_id}/offers", operation_id="listOwnOffers", response_model=Page[MyOfferView])
async def offers(case_id: PathId, caller: Reader, db: Db, paging: CasePaging) -> Response:
    """List what was offered on an own case, oldest first."""
    async with reading(db) as tx:
        _, policy = await load_own(tx, caller, case_id)
        found = await remedies.offered_on_case(
            tx, org=caller.org, case_id=case_id, after=paging.after_id, limit=paging.limit + 1
        )
    views = [my_offer(remedy, policy.settlement) for remedy in found]
    return answer(paging.page(views, keys=[(view.remedy_id,) for view in views]))


@router.post(
    "/v1/my/cases/{case_id}/offers/{remedy_id}/accept", operation_id="acceptOwnOffer", response_model=MyOfferView
)
async def accept(
    request: Request,
    case_id: PathId,
    remedy_id: PathId,
    body: Annotated[AcceptBody, strict_body(AcceptBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """Accept exactly the offer that was shown."""
    cmd = AcceptRemedy(org=caller.org, remedy_id=remedy_id, quote_hash=body.quote_hash, consent=body.consent)
    return await _answered(
        request,
        db,
        caller,
        ("accept", case_id, remedy_id),
        lambda tx, now: accept_remedy(tx, cmd, actor=caller.actor, now=now),
    )


@router.post(
    "/v1/my/cases/{case_id}/offers/{remedy_id}/reject", operation_id="rejectOwnOffer", response_model=MyOfferView
)
async def reject(
    request: Request,
    case_id: PathId,
    remedy_id: PathId,
    body: Annotated[RejectBody, strict_body(RejectBody)],
    caller: Writer,
    db: Db,
) -> Response:
    """Reject an offer on an own case, or every further one as well (`final`)."""
    cmd = RejectRemedy(org=caller.org, remedy_id=remedy_id, final=body.final, reason=body.reason)
    return await _answered(
        request,
        db,
        caller,
        ("reject", case_id, remedy_id),
        lambda tx, now: reject_remedy(tx, cmd, actor=caller.actor, now=now),
    )


async def _answered(request: Request, db: Database, caller: Caller, what: tuple[str, str, str], act: Act) -> Response:
    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        action, case_id, remedy_id = what
        await require_own_offer(tx, caller, case_id=case_id, remedy_id=remedy_id)
        await use_link(tx, caller, action, now=now)
        remedy = await act(tx, now)
        _, policy = await load_own(tx, caller, case_id)
        return 200, my_offer(remedy, policy.settlement)

    return await run_once(request, db, caller, work)
