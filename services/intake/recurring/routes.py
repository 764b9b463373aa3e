"""Recurring cases over HTTP: what became of every period."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.intake.entries.views import Word
from services.intake.recurring.store import periods_page
from services.intake.recurring.views import RecurringPeriodView, period_view
from shared.platform.db.transaction import reading
from shared.platform.http.edge import Caller, Db, answer, needs
from shared.platform.http.paging import Page, PageTokenInvalid, Paging

router = APIRouter(tags=["recurring cases"])
_PLACE_PARTS = 3


@router.get("/v1/recurring", operation_id="listRecurringPeriods", response_model=Page[RecurringPeriodView])
async def index(
    paging: Paging,
    caller: Annotated[Caller, Depends(needs("cases:read"))],
    db: Db,
    recurring_id: Annotated[Word | None, Query(alias="recurring")] = None,
) -> Response:
    """List every period of the pack's recurring cases: its case, its sample, or why there is none."""
    if paging.after is not None and len(paging.after) != _PLACE_PARTS:
        raise PageTokenInvalid
    async with reading(db) as tx:
        rows = await periods_page(
            tx, org=caller.org, recurring=recurring_id, after=paging.after, limit=paging.limit + 1
        )
    items = [period_view(row) for row in rows]
    return answer(paging.page(items, keys=[(row.pack, row.recurring, row.period) for row in rows]))
