"""`GET /v1/changes`: the published events of the caller's organisation, with a cursor that may be kept for 30 days."""

import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from shared.kernel.text import Text
from shared.platform.changes import feed
from shared.platform.changes.feed import Found, Wanted
from shared.platform.changes.waiting import Waiters
from shared.platform.db.engine import Database
from shared.platform.http.admission import PLACE, Place
from shared.platform.http.edge import UUID_PATTERN, Caller, Db, needs
from shared.platform.http.paging import LARGEST_LIMIT, PageTokenInvalid, decode, encode
from shared.platform.http.problems import MEDIA_TYPE, Gone

LONGEST_WAIT_SECONDS: Final = 30
NEWEST: Final = "newest"
ROUTER: Final = APIRouter(tags=["changes"])
Reader = Annotated[Caller, Depends(needs("changes:read"))]
EventType = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$", max_length=64)]


_EXPIRED: Final[dict[str, Any]] = {
    "description": "`changes_expired`: events after the cursor are no longer kept; `fields.start` is where to start.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class ChangesExpired(Gone):
    """Events after the cursor are no longer kept; `fields.start` is the cursor of the oldest that are. 410.

    What was missed is read from the lists, or exported.
    """

    code = "changes_expired"
    title = Text(en="Events after this cursor are no longer kept", zh="该游标之后的部分事件已不再保留")


class Changes(BaseModel):
    """Events in their order. Each is a CloudEvent whose `data` follows `docs/api/events/<type>.json`."""

    items: list[dict[str, Any]]
    next: str = Field(description="To be passed as `after`; also when there are no items. Keep it with what you did.")
    more: bool = Field(description="Whether there is more already, so that the next call need not wait.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    after: str | None
    wait: int
    limit: int
    types: list[str] | None
    case_id: str | None


async def _asked(
    after: Annotated[
        str | None, Query(max_length=500, description="The `next` of the call before, or `newest`; absent: the oldest.")
    ] = None,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT_SECONDS, description="Seconds to wait for an event.")] = 0,
    type: Annotated[list[EventType] | None, Query(max_length=50, description="Types of events.")] = None,  # noqa: A002
    case_id: Annotated[str | None, Query(pattern=UUID_PATTERN)] = None,
    limit: Annotated[int, Query(ge=1, le=LARGEST_LIMIT)] = LARGEST_LIMIT,
) -> _Asked:
    return _Asked(after=after, wait=wait, limit=limit, types=type, case_id=case_id)


@ROUTER.get("/v1/changes", operation_id="listChanges", response_model=Changes, responses={410: _EXPIRED})
async def changes(request: Request, caller: Reader, db: Db, asked: Annotated[_Asked, Depends(_asked)]) -> Response:
    """List the events that this service published about the organisation's cases, each once, oldest first."""
    until = time.monotonic() + asked.wait
    position = await _position(db, asked.after)
    wanted = Wanted(org=caller.org, after=position, limit=asked.limit, types=asked.types, case_id=asked.case_id)
    found = await _waited_for(request, db, wanted, until=until)
    body = {"items": found.events, "next": _cursor(db, found.upto), "more": found.upto < found.head}
    return Response(orjson.dumps(body), media_type="application/json")


async def _waited_for(request: Request, db: Database, wanted: Wanted, *, until: float) -> Found:
    """The first page that is not empty, or the last one before `until`; no place is held while waiting."""
    waiters: Waiters = request.app.state.changes
    while True:
        found = await feed.page(db, wanted)
        _require_kept(db, wanted.after, found)
        seconds = until - time.monotonic()
        if found.events or seconds <= 0 or request.app.state.draining:
            return found
        wanted = replace(wanted, after=found.upto)
        if found.upto == found.head:
            place: Place | None = request.scope.get(PLACE)
            async with nullcontext() if place is None else place.given_up():
                await waiters.beyond(found.upto, org=wanted.org, seconds=seconds)


def _require_kept(db: Database, after: int, found: Found) -> None:
    if after > found.head:
        raise PageTokenInvalid(detail="the cursor is newer than the newest event")
    if after < found.floor:
        raise ChangesExpired(fields={"start": _cursor(db, found.floor)})


async def _position(db: Database, after: str | None) -> int:
    if after is None or after == NEWEST:
        head, floor = await feed.bounds(db)
        return floor if after is None else head
    service, number = decode(after, width=2)
    if service != db.kernel.schema or not (number.isascii() and number.isdigit() and len(number) < 19):  # noqa: PLR2004 (bigint)
        raise PageTokenInvalid
    return int(number)


def _cursor(db: Database, position: int) -> str:
    return encode((db.kernel.schema, str(position)))
