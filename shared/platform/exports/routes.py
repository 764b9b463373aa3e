"""`GET /v1/exports/{name}`: what the organisation has of a kind, streamed in the order in which it began."""

from collections.abc import Callable
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from shared.platform.exports.stream import Asked, Export, ExportResponse, Page
from shared.platform.http.admission import PLACE, Ask
from shared.platform.http.download import lines
from shared.platform.http.edge import Caller, Db, needs
from shared.platform.http.paging import decode

_ANSWERS: Final = lines(
    "One line for each row; `cursor` of the last line that arrived is `after` of a call that goes "
    "on from there. CSV is RFC 4180 in UTF-8 with a byte order mark and a line of names, neither where it is "
    "continued.",
    "application/x-ndjson",
    "text/csv",
)


def export_router(export: Export, *, chosen: Callable[..., Page] | None = None) -> APIRouter:
    """The route of one export; `chosen` is a dependency with further parameters and gives what they leave of it."""
    router = APIRouter(tags=["exports"])

    def everything() -> Page:
        return export.page

    async def exported(
        request: Request,
        caller: Annotated[Caller, Depends(needs(export.scope))],
        db: Db,
        page: Annotated[Page, Depends(chosen or everything)],
        format: Annotated[Literal["ndjson", "csv"], Query(description="The format of the lines.")] = "ndjson",  # noqa: A002 (the parameter's name)
        after: Annotated[
            str | None, Query(max_length=500, description="The `cursor` of the last line that arrived.")
        ] = None,
    ) -> Response:
        key = None if after is None else decode(after, width=export.key_width)
        if key is not None:
            export.read_key(key)
        asked = Asked(
            export=export,
            org=caller.org,
            page=page,
            after=key,
            is_csv=format == "csv",
            place=request.scope.get(PLACE),
        )
        places = request.app.state.exports
        await places.enter(Ask(caller.org))
        return ExportResponse(db, asked, places=places)

    exported.__doc__ = f"Export the organisation's {export.name}, each line as it is when it is read."
    exported.__name__ = f"export_{export.name}"
    path, name = f"/v1/exports/{export.name}", f"export{export.name.capitalize()}"
    router.get(path, operation_id=name, response_class=StreamingResponse, responses=_ANSWERS)(exported)
    return router
