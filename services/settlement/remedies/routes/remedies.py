"""Remedies over HTTP: quote, offer, accept, reject, and read."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from services.settlement.remedies.routes.actions import Reader, Writer, act_once
from services.settlement.remedies.rules.states import State
from services.settlement.remedies.store import remedies
from services.settlement.remedies.store.remedies import RemedyFilter
from services.settlement.remedies.use_cases.accept_remedy import AcceptRemedy, accept_remedy
from services.settlement.remedies.use_cases.offer_remedy import OfferRemedy, offer_remedy
from services.settlement.remedies.use_cases.quote_remedy import QuoteRemedy, quote_remedy
from services.settlement.remedies.use_cases.reject_remedy import RejectRemedy, reject_remedy
from services.settlement.remedies.use_cases.show_remedies import list_remedies, show_remedies, show_remedy
from services.settlement.remedies.views import AcceptBody, HashBody, QuoteBody, RejectBody, RemedyView, remedy_view
from shared.platform.db.transaction import reading
from shared.platform.http.catching_up import CaseRoute
from shared.platform.http.edge import Db, PathId, answer, strict_body
from shared.platform.http.paging import CasePaging, Page, Paging

router = APIRouter(tags=["settlement"], route_class=CaseRoute)


@router.post("/v1/cases/{case_id}/remedies", operation_id="quoteRemedy", status_code=201, response_model=RemedyView)
async def quote(
    request: Request, case_id: PathId, body: Annotated[QuoteBody, strict_body(QuoteBody)], caller: Writer, db: Db
) -> Response:
    """Quote a remedy for a case: its amount is computed and locked."""
    cmd = QuoteRemedy(org=caller.org, case_id=case_id, remedy=body.remedy, inputs=body.inputs)
    return await act_once(
        request, db, caller, lambda tx, actor, now: quote_remedy(tx, cmd, actor=actor, now=now), status=201
    )


@router.post("/v1/remedies/{remedy_id}/offer", operation_id="offerRemedy", response_model=RemedyView)
async def offer(
    request: Request, remedy_id: PathId, body: Annotated[HashBody, strict_body(HashBody)], caller: Writer, db: Db
) -> Response:
    """Offer a quoted remedy to the customer."""
    cmd = OfferRemedy(org=caller.org, remedy_id=remedy_id, quote_hash=body.quote_hash)
    return await act_once(request, db, caller, lambda tx, actor, now: offer_remedy(tx, cmd, actor=actor, now=now))


@router.post("/v1/remedies/{remedy_id}/accept", operation_id="acceptRemedy", response_model=RemedyView)
async def accept(
    request: Request, remedy_id: PathId, body: Annotated[AcceptBody, strict_body(AcceptBody)], caller: Writer, db: Db
) -> Response:
    """Record that the customer accepts an offered remedy."""
    cmd = AcceptRemedy(org=caller.org, remedy_id=remedy_id, quote_hash=body.quote_hash, consent=body.consent)
    return await act_once(request, db, caller, lambda tx, actor, now: accept_remedy(tx, cmd, actor=actor, now=now))


@router.post("/v1/remedies/{remedy_id}/reject", operation_id="rejectRemedy", response_model=RemedyView)
async def reject(
    request: Request, remedy_id: PathId, body: Annotated[RejectBody, strict_body(RejectBody)], caller: Writer, db: Db
) -> Response:
    """Record that the customer refuses an offered remedy."""
    cmd = RejectRemedy(org=caller.org, remedy_id=remedy_id, final=body.final, reason=body.reason)
    return await act_once(request, db, caller, lambda tx, actor, now: reject_remedy(tx, cmd, actor=actor, now=now))


@router.get("/v1/cases/{case_id}/remedies", operation_id="listRemediesOfCase", response_model=Page[RemedyView])
async def of_case(case_id: PathId, caller: Reader, db: Db, paging: CasePaging) -> Response:
    """List the remedies of a case, oldest first."""
    async with reading(db) as tx:
        shown = await show_remedies(tx, org=caller.org, case_id=case_id, after=paging.after_id, limit=paging.limit + 1)
    views = [remedy_view(each) for each in shown]
    return answer(paging.page(views, keys=[(view.remedy_id,) for view in views]))


async def _chosen(
    state: Annotated[
        State | None, Query(description="`accepted` waits for approvals, `approved` for its payout.")
    ] = None,
    role: Annotated[str | None, Query(max_length=100, description="A role that has to approve them now.")] = None,
    customer_ref: Annotated[str | None, Query(max_length=100)] = None,
    remedy: Annotated[str | None, Query(max_length=100, description="Its name in the pack.")] = None,
) -> RemedyFilter:
    return RemedyFilter(state=state, role=role, customer_ref=customer_ref, remedy=remedy)


@router.get("/v1/remedies", operation_id="listRemedies", response_model=Page[RemedyView])
async def index(caller: Reader, db: Db, paging: Paging, chosen: Annotated[RemedyFilter, Depends(_chosen)]) -> Response:
    """List the organisation's remedies, oldest first: by state, the role that has to approve, the customer."""
    async with reading(db) as tx:
        shown = await list_remedies(tx, chosen, org=caller.org, after=paging.after_id, limit=paging.limit + 1)
    views = [remedy_view(each) for each in shown]
    return answer(paging.page(views, keys=[(view.remedy_id,) for view in views]))


@router.get("/v1/remedies/{remedy_id}", operation_id="showRemedy", response_model=RemedyView)
async def one(remedy_id: PathId, caller: Reader, db: Db) -> Response:
    """Show one remedy."""
    async with reading(db) as tx:
        shown = await show_remedy(tx, await remedies.get(tx, org=caller.org, remedy_id=remedy_id))
    return answer(remedy_view(shown))
