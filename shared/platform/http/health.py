"""`/health/live`, `/health/ready`, `/metrics`: open routes for the platform, never behind admission.

Live looks at loop progress only: an unavailable database or broker must not restart the process. Ready asks
the database, the schema and whether the process is draining; Kafka may be down, because the outbox buffers. A consumer
that has given up makes a worker not ready; where the API is served too, the answer is 200 `degraded`, because without
the API the organisations would be stopped as well.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

import orjson
from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from shared.platform.http.download import lines
from shared.platform.observability.exposition import exposition
from shared.platform.progress import Progress

ROUTER: Final = APIRouter(tags=["operations"])
METRICS: Final = APIRouter(tags=["operations"])


class Health(BaseModel):
    """How the process is."""

    status: Literal["ok", "degraded", "failing"] = Field(description="Whether it can do its work.")
    reasons: dict[str, str] = Field(description="What is wrong, by the part that it is wrong with.")


_UNWELL: Final[dict[int | str, dict[str, Any]]] = {
    503: {"model": Health, "description": "The process cannot do its work, for the reasons that are given."}
}


@ROUTER.get("/health/live", operation_id="checkLiveness", response_model=Health, responses=_UNWELL)
async def live(request: Request) -> Response:
    """Say whether the process is alive: 503 when one of its loops is stalled."""
    progress: Progress = request.app.state.progress
    return _report(progress.stalled())


@ROUTER.get("/health/ready", operation_id="checkReadiness", response_model=Health, responses=_UNWELL)
async def ready(request: Request) -> Response:
    """Say whether the process can do its work. 200 `degraded` when a consumer has given up; 503 with the reasons."""
    state = request.app.state
    if state.draining:
        return _report({"process": "draining"})
    if reasons := await state.schema_head.lacks(state.db):
        return _report(reasons)
    progress: Progress = state.progress
    return _report(progress.troubles(), degraded=state.serves_api)


@METRICS.get(
    "/metrics",
    operation_id="showMetrics",
    response_class=Response,
    responses=lines("The metrics.", "text/plain", "application/openmetrics-text"),
)
async def metrics(request: Request) -> Response:
    """Show the metrics of the process in Prometheus text format, or in OpenMetrics where it is asked for."""
    content, media_type = exposition(request.app.state.registry, request.headers.get("accept"))
    return Response(content, headers={"content-type": media_type})


def _report(reasons: Mapping[str, str], *, degraded: bool = False) -> Response:
    bad, status = ("degraded", 200) if degraded else ("failing", 503)
    body = {"status": bad if reasons else "ok", "reasons": reasons}
    return Response(orjson.dumps(body), status if reasons else 200, media_type="application/json")
