"""Samples over HTTP: the draws, and the cases that were drawn."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.intake.entries.views import Word
from services.intake.samples.store.draws import SampleFilter, drawn_page, draws_page
from services.intake.samples.views import DrawnCaseView, SampleDrawView, draw_view, drawn_case_view
from shared.kernel.ids import is_id
from shared.platform.db.transaction import reading
from shared.platform.http.edge import Caller, Db, answer, needs
from shared.platform.http.paging import Page, PageTokenInvalid, Paging

router = APIRouter(tags=["samples"])

Reader: TypeAlias = Annotated[Caller, Depends(needs("cases:read"))]
_PLACE_PARTS = 3


async def _chosen(
    sample: Annotated[Word | None, Query(description="Only draws of this sample, by its name in the pack.")] = None,
    period: Annotated[
        str | None, Query(pattern=r"^[0-9A-Z-]{4,10}$", examples=["2026-03", "2026-W10", "2026-Q1"])
    ] = None,
) -> SampleFilter:
    return SampleFilter(sample=sample, period=period)


Chosen: TypeAlias = Annotated[SampleFilter, Depends(_chosen)]


@router.get("/v1/samples", operation_id="listSamples", response_model=Page[SampleDrawView])
async def index(paging: Paging, caller: Reader, db: Db, chosen: Chosen) -> Response:
    """List the draws of the pack's samples, one for every period."""
    if paging.after is not None and len(paging.after) != _PLACE_PARTS:
        raise PageTokenInvalid
    async with reading(db) as tx:
        rows = await draws_page(tx, chosen, org=caller.org, after=paging.after, limit=paging.limit + 1)
    items = [draw_view(row) for row in rows]
    return answer(paging.page(items, keys=[(row.pack, row.sample, row.period) for row in rows]))


@router.get("/v1/samples/cases", operation_id="listSampledCases", response_model=Page[DrawnCaseView])
async def cases(paging: Paging, caller: Reader, db: Db, chosen: Chosen) -> Response:
    """List the cases that samples drew, with what became of each."""
    if paging.after is not None and (len(paging.after) != _PLACE_PARTS + 1 or not is_id(paging.after[-1])):
        raise PageTokenInvalid
    async with reading(db) as tx:
        rows = await drawn_page(tx, chosen, org=caller.org, after=paging.after, limit=paging.limit + 1)
    items = [drawn_case_view(row) for row in rows]
    return answer(paging.page(items, keys=[(row.pack, row.sample, row.period, row.case_id) for row in rows]))
