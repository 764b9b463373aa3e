"""Indicators over REST: which there are, and the number of a period with the cases behind it."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from services.sla.indicators.use_cases.show_indicator import ShowIndicator, list_indicators, show_indicator
from services.sla.indicators.views import IndicatorFiguresView, IndicatorsView, case_view, figures_view, indicator_view
from shared.platform.db.transaction import reading
from shared.platform.http.admission import Works
from shared.platform.http.edge import Caller, Db, answer, needs
from shared.platform.http.paging import Paging
from shared.platform.organisation_clock import organisation_now

router = APIRouter(tags=["sla"])

Reader: TypeAlias = Annotated[Caller, Depends(needs("sla:read"))]
Id: TypeAlias = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
Label: TypeAlias = Annotated[str | None, Query(max_length=10, examples=["2026-03", "2026-W10", "2026-Q1"])]
Pack: TypeAlias = Annotated[str | None, Query(max_length=64)]


@router.get("/v1/indicators", operation_id="listIndicators", response_model=IndicatorsView)
async def of_organisation(caller: Reader, db: Db) -> Response:
    """List the indicators of the packs in force."""
    async with reading(db) as tx:
        found = await list_indicators(tx, org=caller.org, now=await organisation_now(tx, caller.org))
    return answer(IndicatorsView(items=[indicator_view(each) for each in found]))


@router.get(
    "/v1/indicators/{indicator}",
    operation_id="showIndicator",
    response_model=IndicatorFiguresView,
    dependencies=[Depends(Works(4))],
)
async def figures(
    indicator: Id, caller: Reader, db: Db, paging: Paging, period: Label = None, pack: Pack = None
) -> Response:
    """Show an indicator's number of a period and the cases behind it, in the order they counted.

    The period is the present one when left out.
    """
    cmd = ShowIndicator(
        org=caller.org,
        indicator=indicator,
        pack=pack,
        period=period,
        after=paging.after_instant,
        limit=paging.limit + 1,
    )
    async with reading(db) as tx:
        found = await show_indicator(tx, cmd, now=await organisation_now(tx, caller.org))
    keys = [(each.figure.at.isoformat(), each.figure.case_id) for each in found.cases]
    cases = [case_view(each, rule=found.defined.rule) for each in found.cases]
    return answer(figures_view(found, paging.page(cases, keys=keys)))
