"""Counts over cases, over HTTP."""

from datetime import timedelta
from typing import Annotated, Final
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.intake.statistics.store import Span, counted
from services.intake.statistics.views import StatisticsView, statistics_view
from shared.platform.db.transaction import reading
from shared.platform.http.admission import Works
from shared.platform.http.edge import Caller, Db, answer, needs
from shared.platform.http.problems import InputInvalid
from shared.platform.http.strict import Instant

router = APIRouter(tags=["statistics"])

_LONGEST: Final = timedelta(days=1100)
_ZONES: Final = available_timezones()


async def _span(
    since: Annotated[Instant, Query(alias="from", description="Received at this instant or later.")],
    until: Annotated[Instant, Query(alias="to", description="Received before this instant; at most three years on.")],
    zone: Annotated[str, Query(max_length=64, description="IANA zone of the months.")] = "UTC",
) -> Span:
    if not since <= until <= since + _LONGEST:
        raise InputInvalid([{"path": "/query/to", "code": "span_out_of_range"}])
    if zone not in _ZONES:
        raise InputInvalid([{"path": "/query/zone", "code": "zone_unknown"}])
    return Span(since=since, until=until, zone=zone)


@router.get(
    "/v1/statistics",
    operation_id="showStatistics",
    response_model=StatisticsView,
    dependencies=[Depends(Works(4))],
)
async def show(
    caller: Annotated[Caller, Depends(needs("cases:read"))], db: Db, span: Annotated[Span, Depends(_span)]
) -> Response:
    """Count the cases received in a span by month, type, status, outcome, amount and breach.

    A span with more than 100,000 cases is refused as `too_many_cases`; ask for a shorter one.
    """
    async with reading(db) as tx:
        found = await counted(tx, span, org=caller.org)
    return answer(statistics_view(found))
