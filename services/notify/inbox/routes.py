"""A colleague's inbox, and the messages that people deliver."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.notify.inbox import store
from services.notify.inbox.rules import addresses_of
from services.notify.inbox.use_cases.confirm_message import ConfirmMessage, confirm_message
from services.notify.inbox.views import DoneBody
from services.notify.messages.routes import Reader, page
from services.notify.messages.store.queries import get_shown
from services.notify.messages.views import MessageView
from shared.platform.db.transaction import Transaction, reading
from shared.platform.http.edge import Caller, Db, PathId, needs, run_once, strict_body
from shared.platform.http.paging import Page, Paging

router = APIRouter(tags=["messages"])
Writer = Annotated[Caller, Depends(needs("messages:write"))]


Word = Annotated[str | None, Query(max_length=100)]


async def _chosen(channel: Word = None, recipient: Word = None, reason: Word = None) -> store.MessageFilter:
    return store.MessageFilter(channel=channel, recipient=recipient, reason=reason)


@router.get("/v1/messages", operation_id="listMessages", response_model=Page[MessageView])
async def list_in_state(
    state: Annotated[
        Literal["queued", "to_do", "outcome_unknown", "sent", "skipped", "failed"],
        Query(
            description="`to_do` waits for a person to deliver it; `failed` was given up, `reason` says why; of "
            "`outcome_unknown` it may have arrived: with `due_at` it is handed over once more, without it a person "
            "finds out."
        ),
    ],
    caller: Reader,
    db: Db,
    paging: Paging,
    chosen: Annotated[store.MessageFilter, Depends(_chosen)],
    *,
    mine: Annotated[bool, Query(description="Only what the caller or one of the caller's roles delivers.")] = False,
) -> Response:
    """List the organisation's messages in a state, oldest first."""
    handlers = addresses_of(caller.subject, caller.roles) if mine else None
    async with reading(db) as tx:
        found = await store.list_in_state(
            tx,
            replace(chosen, state=state, handlers=handlers),
            org=caller.org,
            limit=paging.limit + 1,
            after=paging.after_id,
        )
    return page(paging, found)


@router.post("/v1/messages/{message_id}/done", operation_id="confirmDelivery", response_model=MessageView)
async def confirm(
    request: Request, message_id: PathId, body: Annotated[DoneBody, strict_body(DoneBody)], caller: Writer, db: Db
) -> Response:
    """Record what became of a message that a person delivers, that had failed, or whose outcome was unknown.

    It is then sent, failed, or skipped as out of date.
    """
    cmd = ConfirmMessage(
        org=caller.org,
        message_id=message_id,
        delivered=body.delivered,
        note=body.note,
        actor=caller.actor,
    )

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        await confirm_message(tx, cmd, now=now)
        return 200, MessageView.of(await get_shown(tx, org=caller.org, message_id=message_id))

    return await run_once(request, db, caller, work)


@router.get("/v1/inbox", operation_id="listInbox", response_model=Page[MessageView])
async def show_inbox(caller: Reader, db: Db, paging: Paging) -> Response:
    """List the internal messages to the caller and to the caller's roles."""
    addresses = addresses_of(caller.subject, caller.roles)
    async with reading(db) as tx:
        found = await store.list_inbox(
            tx, org=caller.org, addresses=addresses, limit=paging.limit + 1, after=paging.after_id
        )
    return page(paging, found)
