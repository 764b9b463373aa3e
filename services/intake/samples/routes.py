"""Samples over HTTP: the draws, and the cases of one."""

from collections.abc import Sequence
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from services.intake.entries.views import Word
from services.intake.samples.store.draws import DrawRow, drawn_page, draws_of, draws_page
from services.intake.samples.views import SampleDrawView, SampleView, draw_view, drawn_case_view, sample_view
from shared.kernel.errors import NotFound
from shared.packs.store import PackRequired
from shared.platform.db.transaction import reading
from shared.platform.http.edge import Caller, Db, answer, needs
from shared.platform.http.paging import Page, PageTokenInvalid, Paging

router = APIRouter(tags=["samples"])

Reader: TypeAlias = Annotated[Caller, Depends(needs("cases:read"))]
_PLACE_PARTS = 3


@router.get("/v1/samples", operation_id="listSamples", response_model=Page[SampleDrawView])
async def index(paging: Paging, caller: Reader, db: Db, sample: Annotated[Word | None, Query()] = None) -> Response:
    """List the draws of the pack's samples, one for every period: how many there were, how many were drawn."""
    if paging.after is not None and len(paging.after) != _PLACE_PARTS:
        raise PageTokenInvalid
    async with reading(db) as tx:
        rows = await draws_page(tx, org=caller.org, sample=sample, after=paging.after, limit=paging.limit + 1)
    items = [draw_view(row) for row in rows]
    return answer(paging.page(items, keys=[(row.pack, row.sample, row.period) for row in rows]))


@router.get("/v1/samples/{sample}/{period}", operation_id="showSample", response_model=SampleView)
async def show(
    sample: Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,63}$")],
    period: Annotated[str, Path(pattern=r"^[0-9]{4}(-[0-9A-Z-]{1,5})?$", examples=["2026-03", "2026-W10", "2026-Q1"])],
    caller: Reader,
    db: Db,
    paging: Paging,
    pack: Annotated[str | None, Query(max_length=64)] = None,
) -> Response:
    """Show a draw and the cases that were drawn, with what became of each."""
    async with reading(db) as tx:
        found = _only(await draws_of(tx, org=caller.org, sample=sample, period=period), pack)
        rows = await drawn_page(tx, found, org=caller.org, after=paging.after_id, limit=paging.limit + 1)
    cases = paging.page([drawn_case_view(row) for row in rows], keys=[(row.case_id,) for row in rows])
    return answer(sample_view(found, cases))


def _only(draws: Sequence[DrawRow], pack: str | None) -> DrawRow:
    named = [draw for draw in draws if pack in {None, draw.pack}]
    if not named:
        raise NotFound
    if len(named) > 1:
        raise PackRequired(fields={"packs": [draw.pack for draw in named]})
    return named[0]
