"""Payouts over HTTP."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.settlement.payouts.rules.payout import PayoutState
from services.settlement.payouts.store import lists
from services.settlement.payouts.use_cases.request_payout import RequestPayout, request_payout
from services.settlement.payouts.use_cases.resolve_payout import ResolvePayout, resolve_payout
from services.settlement.payouts.views import PayoutBody, PayoutView, ResolutionBody, payout_view
from services.settlement.remedies.routes.actions import Reader, Writer, act_once
from services.settlement.remedies.views import RemedyView
from shared.contracts.erp import CALLBACKS
from shared.kernel.ids import OrgId
from shared.kernel.instants import instant_text
from shared.platform.db.transaction import Transaction, reading
from shared.platform.exports.lines import Row
from shared.platform.exports.stream import Export, id_of
from shared.platform.http.edge import Caller, Db, PathId, answer, needs, run_once, strict_body
from shared.platform.http.paging import Key, Page, Paging
from shared.platform.http.strict import Instant

router = APIRouter(tags=["settlement"])


@router.post(
    "/v1/remedies/{remedy_id}/payout", operation_id="requestPayout", status_code=202, response_model=RemedyView
)
async def payout(
    request: Request, remedy_id: PathId, body: Annotated[PayoutBody, strict_body(PayoutBody)], caller: Writer, db: Db
) -> Response:
    """Request the one payout of a remedy; it is carried out after the answer."""
    base: str | None = request.app.state.erp_callback_url
    cmd = RequestPayout(
        org=caller.org,
        remedy_id=remedy_id,
        amount=body.amount.money(),
        quote_hash=body.quote_hash,
        callback_url=None if base is None else f"{base}{CALLBACKS}/{caller.org}",
    )
    return await act_once(
        request, db, caller, lambda tx, actor, now: request_payout(tx, cmd, actor=actor, now=now), status=202
    )


@router.get("/v1/payouts", operation_id="listPayouts", response_model=Page[PayoutView])
async def in_state(
    caller: Reader,
    db: Db,
    paging: Paging,
    state: Annotated[
        PayoutState, Query(description="`unknown` and `quarantined` are in doubt, `pending` was accepted.")
    ],
    older_than: Annotated[Instant | None, Query(description="Requested before this instant.")] = None,
) -> Response:
    """List the payouts in a state, the longest requested first."""
    async with reading(db) as tx:
        found = await lists.in_state(
            tx,
            org=caller.org,
            state=state.value,
            older_than=older_than,
            after=paging.after_instant,
            limit=paging.limit + 1,
        )
    keys = [(instant_text(each.requested_at), each.payout.payout_id) for each in found]
    return answer(paging.page([payout_view(each) for each in found], keys=keys))


@router.post("/v1/payouts/{payout_id}/resolution", operation_id="resolvePayout", response_model=PayoutView)
async def resolve(
    request: Request,
    payout_id: PathId,
    body: Annotated[ResolutionBody, strict_body(ResolutionBody)],
    caller: Annotated[Caller, Depends(needs("admin"))],
    db: Db,
) -> Response:
    """Decide about a payout that waits, is in doubt or is quarantined. The decision is audited."""
    cmd = ResolvePayout(org=caller.org, payout_id=payout_id, resolution=body.resolution())

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        return 200, payout_view(await resolve_payout(tx, cmd, actor=caller.actor, now=now))

    return await run_once(request, db, caller, work)


async def _exported(tx: Transaction, org: OrgId, after: Key | None, limit: int) -> list[tuple[Key, Row]]:
    rows = await lists.payouts_from(tx, org=org, after=None if after is None else id_of(after), limit=limit)
    return [((row["payout_id"],), row) for row in rows]


PAYOUTS: Final = Export(
    name="payouts", scope="settlement:read", columns=lists.EXPORTED, key_width=1, read_key=id_of, page=_exported
)
