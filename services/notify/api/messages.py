"""What was said to whom: the messages of a case, one message, and a colleague's own inbox."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.notify.api.schemas import MessageView
from services.notify.db.queries import ShownMessage, case_exists, find_message, inbox, messages_of_case
from services.notify.domain.errors import MessageNotFound
from shared.db.transaction import reading
from shared.errors import NotFound
from shared.http.edge import Caller, Db, PathId, answer, needs
from shared.http.paging import CasePaging, Page, PageRequest, Paging

router = APIRouter(tags=["messages"])
Reader = Annotated[Caller, Depends(needs("messages:read"))]


def page(paging: PageRequest, found: Sequence[ShownMessage]) -> Response:
    """One page of messages."""
    views = [MessageView.of(message) for message in found]
    return answer(paging.page(views, keys=[(view.message_id,) for view in views]))


@router.get("/v1/cases/{case_id}/messages", response_model=Page[MessageView])
async def list_messages(case_id: PathId, caller: Reader, db: Db, paging: CasePaging) -> Response:
    """The messages of a case with their attempts, oldest first; a whole case fits into one page as a rule."""
    async with reading(db) as tx:
        if not await case_exists(tx, caller.org, case_id):
            raise NotFound
        found = await messages_of_case(tx, caller.org, case_id, limit=paging.limit + 1, after=paging.after_id)
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
        found = await inbox(tx, caller.org, addresses=addresses, limit=paging.limit + 1, after=paging.after_id)
    return page(paging, found)
