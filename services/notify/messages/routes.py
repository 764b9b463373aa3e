"""The messages of a case, and one message, with their attempts."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.notify.cases.store import case_exists
from services.notify.messages.store.queries import ShownMessage, get_shown, list_of_case
from services.notify.messages.views import MessageView
from shared.kernel.errors import NotFound
from shared.platform.db.transaction import reading
from shared.platform.http.catching_up import CaseRoute
from shared.platform.http.edge import Caller, Db, PathId, answer, needs
from shared.platform.http.paging import CasePaging, Page, PageRequest

router = APIRouter(tags=["messages"], route_class=CaseRoute)
Reader = Annotated[Caller, Depends(needs("messages:read"))]


def page(paging: PageRequest, found: Sequence[ShownMessage]) -> Response:
    """One page of messages."""
    views = [MessageView.of(message) for message in found]
    return answer(paging.page(views, keys=[(view.message_id,) for view in views]))


@router.get("/v1/cases/{case_id}/messages", operation_id="listMessagesOfCase", response_model=Page[MessageView])
async def list_messages(case_id: PathId, caller: Reader, db: Db, paging: CasePaging) -> Response:
    """List the messages of a case with their attempts, oldest first. A whole case fits into one page as a rule."""
    async with reading(db) as tx:
        if not await case_exists(tx, org=caller.org, case_id=case_id):
            raise NotFound
        found = await list_of_case(tx, org=caller.org, case_id=case_id, limit=paging.limit + 1, after=paging.after_id)
    return page(paging, found)


@router.get("/v1/messages/{message_id}", operation_id="showMessage", response_model=MessageView)
async def show_message(message_id: PathId, caller: Reader, db: Db) -> Response:
    """Show one message with its attempts."""
    async with reading(db) as tx:
        found = await get_shown(tx, org=caller.org, message_id=message_id)
    return answer(MessageView.of(found))
