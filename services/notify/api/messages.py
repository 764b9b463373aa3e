"""What was said to whom: the messages of a case, one message, a colleague's own inbox, and what people deliver."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.notify.api.schemas import DoneBody, MessageView
from services.notify.db.queries import ShownMessage, case_exists, find_message, inbox, messages_in, messages_of_case
from services.notify.domain.errors import MessageNotFound
from services.notify.domain.recipients import addresses_of
from services.notify.use_cases.confirm_message import ConfirmMessage, confirm_message
from shared.kernel.errors import NotFound
from shared.platform.db.transaction import Transaction, reading
from shared.platform.http.edge import Caller, Db, PathId, answer, needs, run_once, strict_body
from shared.platform.http.paging import CasePaging, Page, PageRequest, Paging

router = APIRouter(tags=["messages"])
Reader = Annotated[Caller, Depends(needs("messages:read"))]
Writer = Annotated[Caller, Depends(needs("messages:write"))]


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


@router.get("/v1/messages", response_model=Page[MessageView])
async def list_to_do(
    state: Annotated[Literal["to_do"], Query(description="Messages that wait for a person to deliver them.")],
    caller: Reader,
    db: Db,
    paging: Paging,
    *,
    mine: Annotated[bool, Query(description="Only what the caller or a role of his delivers.")] = False,
) -> Response:
    """What is to be delivered by hand in this organisation, oldest first."""
    handlers = addresses_of(caller.subject, caller.roles) if mine else None
    async with reading(db) as tx:
        found = await messages_in(
            tx, caller.org, state=state, handlers=handlers, limit=paging.limit + 1, after=paging.after_id
        )
    return page(paging, found)


@router.post("/v1/messages/{message_id}/done", response_model=MessageView)
async def confirm(
    request: Request, message_id: PathId, body: Annotated[DoneBody, strict_body(DoneBody)], caller: Writer, db: Db
) -> Response:
    """Say what became of a message that is delivered by hand: it is then sent, failed, or skipped as out of date."""
    cmd = ConfirmMessage(message_id=message_id, delivered=body.delivered, note=body.note)

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        await confirm_message(tx, cmd, caller=caller, now=now)
        return 200, MessageView.of(await _message(tx, caller, message_id))

    return await run_once(request, db, caller, work)


@router.get("/v1/messages/{message_id}", response_model=MessageView)
async def show_message(message_id: PathId, caller: Reader, db: Db) -> Response:
    """One message with its attempts."""
    async with reading(db) as tx:
        found = await _message(tx, caller, message_id)
    return answer(MessageView.of(found))


@router.get("/v1/inbox", response_model=Page[MessageView])
async def show_inbox(caller: Reader, db: Db, paging: Paging) -> Response:
    """The internal messages to the caller's roles and to the caller himself."""
    addresses = addresses_of(caller.subject, caller.roles)
    async with reading(db) as tx:
        found = await inbox(tx, caller.org, addresses=addresses, limit=paging.limit + 1, after=paging.after_id)
    return page(paging, found)


async def _message(tx: Transaction, caller: Caller, message_id: str) -> ShownMessage:
    found = await find_message(tx, caller.org, message_id)
    if found is None:
        raise MessageNotFound
    return found
