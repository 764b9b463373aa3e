"""`GET /v1/exports/{name}`: everything of a kind that the organisation has, streamed in the order in which it began."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from shared.platform.exports.stream import Asked, Export, ExportResponse
from shared.platform.http.admission import PLACE
from shared.platform.http.edge import Caller, Db, needs
from shared.platform.http.paging import decode

_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "One line for each row; `cursor` of the last line that arrived is `after` of a call that goes "
        "on from there. CSV is RFC 4180 in UTF-8 with a byte order mark and a line of names, neither where it is "
        "continued.",
        "content": {"application/x-ndjson": {}, "text/csv": {}},
    }
}


def export_router(export: Export) -> APIRouter:
    """The route of one export."""
    router = APIRouter(tags=["exports"])

    async def exported(
        request: Request,
        caller: Annotated[Caller, Depends(needs(export.scope))],
        db: Db,
        format: Annotated[Literal["ndjson", "csv"], Query()] = "ndjson",  # noqa: A002 (the parameter's name)
        after: Annotated[str | None, Query(max_length=500)] = None,
    ) -> Response:
        asked = Asked(
            export=export,
            org=caller.org,
            after=None if after is None else decode(after, width=export.key_width),
            is_csv=format == "csv",
            place=request.scope.get(PLACE),
        )
        places = request.app.state.exports
        await places.enter(caller.org)
        return ExportResponse(db, asked, places=places)

    exported.__doc__ = f"All {export.name} of the organisation, as they are when each line is read."
    exported.__name__ = f"export_{export.name}"
    router.get(f"/v1/exports/{export.name}", response_class=StreamingResponse, responses=_ANSWERS)(exported)
    return router
