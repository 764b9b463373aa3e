"""What was said to whom: the messages of a case, one message, and a colleague's own inbox."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from services.notify.api.schemas import MessageView
from services.notify.db.queries import ShownMessage, case_exists, find_message, inbox, messages_of_case
from services.notify.domain.errors import MessageNotFound
from shared.db.transaction import reading
from shared.errors import NotFound
from shared.http.edge import Caller, Db, PathId, answer, needs
from shared.http.paging import Page, PageRequest, PageTokenInvalid, Paging, decode
from shared.ids import is_id

router = APIRouter(tags=["messages"])
Reader = Annotated[Caller, Depends(needs("messages:read"))]


def after(paging: PageRequest) -> str | None:
    """The id behind the page token."""
    if paging.after is None:
        return None
    if len(paging.after) != 1 or not is_id(paging.after[0]):
        raise PageTokenInvalid
    return paging.after[0]


def page(paging: PageRequest, found: Sequence[ShownMessage]) -> Response:
    """One page of messages."""
    views = [MessageView.of(message) for message in found]
    return answer(paging.page(views, keys=[(view.message_id,) for view in views]))


async def _whole_case(
    limit: Annotated[int, Query(ge=1, le=200)] = 200, after: Annotated[str | None, Query(max_length=500)] = None
) -> PageRequest:
    return PageRequest(limit=limit, after=decode(after) if after else None)


@router.get("/v1/cases/{case_id}/messages", response_model=Page[MessageView])
async def list_messages(
    case_id: PathId, caller: Reader, db: Db, paging: Annotated[PageRequest, Depends(_whole_case)]
) -> Response:
    """The messages of a case with their attempts, oldest first; a whole case fits into one page as a rule."""
    async with reading(db) as tx:
        if not await case_exists(tx, caller.org, case_id):
            raise NotFound
        found = await messages_of_case(tx, caller.org, case_id, limit=paging.limit + 1, after=after(paging))
    return page(paging, found)


@router.get("/v1/messages/{message_id}", response_model=MessageView)
async def show_message(message_id: PathId, caller: Reader, db: Db) -> Response:
    """One message with its attempts."""
    async with reading(db) as tx:
        found = await find_message(tx, caller.org, message_id)
    if found is None:
        raise MessageNotFound
    return answer(MessageView.of(found))


@router.get("/v1/inbox", response_model=Page[MessageView])
async def show_inbox(caller: Reader, db: Db, paging: Paging) -> Response:
    """The internal messages to the caller's roles and to the caller himself."""
    addresses = [f"subject:{caller.subject}", *(f"role:{role}" for role in sorted(caller.roles))]
    async with reading(db) as tx:
        found = await inbox(tx, caller.org, addresses=addresses, limit=paging.limit + 1, after=after(paging))
    return page(paging, found)
