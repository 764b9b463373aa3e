"""Payouts over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from services.settlement.payouts import store
from services.settlement.payouts.rules.payout import PayoutState
from services.settlement.payouts.use_cases.request_payout import RequestPayout, request_payout
from services.settlement.payouts.views import PayoutBody, PayoutView, payout_view
from services.settlement.remedies.routes.actions import Reader, Writer, act_once
from services.settlement.remedies.views import RemedyView
from shared.kernel.instants import instant_text
from shared.platform.db.transaction import reading
from shared.platform.http.edge import Db, PathId, answer, strict_body
from shared.platform.http.paging import Page, Paging
from shared.platform.http.strict import Instant

router = APIRouter(tags=["settlement"])


@router.post("/v1/remedies/{remedy_id}/payout", status_code=202, response_model=RemedyView)
async def payout(
    request: Request, remedy_id: PathId, body: Annotated[PayoutBody, strict_body(PayoutBody)], caller: Writer, db: Db
) -> Response:
    """Ask for the one payout; it is carried out after the answer."""
    cmd = RequestPayout(org=caller.org, remedy_id=remedy_id, amount=body.amount.money(), quote_hash=body.quote_hash)
    return await act_once(
        request, db, caller, lambda tx, actor, now: request_payout(tx, cmd, actor=actor, now=now), status=202
    )


@router.get("/v1/payouts", response_model=Page[PayoutView])
async def in_state(
    caller: Reader,
    db: Db,
    paging: Paging,
    state: Annotated[PayoutState, Query(description="`unknown` and `quarantined` are in doubt.")],
    older_than: Annotated[Instant | None, Query(description="Requested before this instant.")] = None,
) -> Response:
    """Payouts in a state, the longest requested first."""
    async with reading(db) as tx:
        found = await store.in_state(
            tx,
            org=caller.org,
            state=state.value,
            older_than=older_than,
            after=paging.after_instant,
            limit=paging.limit + 1,
        )
    keys = [(instant_text(each.requested_at), each.payout.payout_id) for each in found]
    return answer(paging.page([payout_view(each) for each in found], keys=keys))
