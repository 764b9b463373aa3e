"""Webhook endpoints of the caller's organisation."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.notify.messages.routes import page
from services.notify.messages.views import MessageView
from services.notify.webhooks import store
from services.notify.webhooks.rules.errors import WebhookSecretInvalid
from services.notify.webhooks.store import get_endpoint, list_endpoints
from services.notify.webhooks.use_cases.register_webhook import RegisterWebhook, register_webhook
from services.notify.webhooks.use_cases.remove_webhook import RemoveWebhook, remove_webhook
from services.notify.webhooks.use_cases.rotate_webhook import RotateWebhook, rotate_webhook
from services.notify.webhooks.views import (
    RegisterWebhookBody,
    RotateWebhookBody,
    WebhookList,
    WebhookSecretView,
    WebhookView,
)
from shared.kernel.clock import SystemClock
from shared.platform.db.transaction import Transaction, reading, transaction
from shared.platform.http.catching_up import position_after
from shared.platform.http.edge import Caller, Db, PathId, answer, needs, run_once, strict_body
from shared.platform.http.paging import Page, Paging
from shared.platform.organisation_clock import organisation_now
from shared.platform.outbound.signature import parse_secret
from shared.platform.position import HEADER

router = APIRouter(tags=["webhooks"])
Owner = Annotated[Caller, Depends(needs("webhooks:write"))]


@router.post("/v1/webhooks", status_code=201, response_model=WebhookSecretView)
async def register(
    request: Request, body: Annotated[RegisterWebhookBody, strict_body(RegisterWebhookBody)], caller: Owner, db: Db
) -> Response:
    """Register an endpoint; the answer holds its secret, which is never shown again."""
    cmd = RegisterWebhook(
        org=caller.org,
        url=body.url,
        events=tuple(body.events),
        secret=_secret(body.secret),
        allow_loopback=request.app.state.loopback_webhooks_allowed,
        actor=caller.actor,
    )

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        return 201, WebhookSecretView.of(await register_webhook(tx, cmd, now=now))

    return await run_once(request, db, caller, work)


@router.get("/v1/webhooks", response_model=WebhookList)
async def list_webhooks(caller: Owner, db: Db) -> Response:
    """All endpoints (an organisation has at most 20), without their secrets."""
    async with reading(db) as tx:
        found = await list_endpoints(tx, org=caller.org)
    return answer(WebhookList(items=[WebhookView.of(endpoint) for endpoint in found]))


@router.get("/v1/webhooks/{webhook_id}", response_model=WebhookView)
async def show(webhook_id: PathId, caller: Owner, db: Db) -> Response:
    """One endpoint, without its secret."""
    async with reading(db) as tx:
        found = await get_endpoint(tx, org=caller.org, endpoint_id=webhook_id)
    return answer(WebhookView.of(found))


@router.delete("/v1/webhooks/{webhook_id}", status_code=204)
async def remove(request: Request, webhook_id: PathId, caller: Owner, db: Db) -> Response:
    """Remove an endpoint; what waits for it is skipped."""
    cmd = RemoveWebhook(org=caller.org, endpoint_id=webhook_id)
    async with transaction(db) as tx:
        await remove_webhook(tx, cmd, now=await organisation_now(tx, caller.org))
        position = position_after(request, tx)
    return Response(status_code=204, headers={HEADER: position})


@router.post("/v1/webhooks/{webhook_id}/rotate", response_model=WebhookSecretView)
async def rotate(
    request: Request,
    webhook_id: PathId,
    body: Annotated[RotateWebhookBody, strict_body(RotateWebhookBody)],
    caller: Owner,
    db: Db,
) -> Response:
    """A new secret; the old one signs along for a day. Switches a disabled endpoint on again."""
    cmd = RotateWebhook(org=caller.org, endpoint_id=webhook_id, secret=_secret(body.secret))

    async def work(tx: Transaction, _now: datetime) -> tuple[int, BaseModel]:
        return 200, WebhookSecretView.of(await rotate_webhook(tx, cmd, now=SystemClock().now()))

    return await run_once(request, db, caller, work)


@router.get("/v1/webhooks/{webhook_id}/deliveries", response_model=Page[MessageView])
async def list_deliveries(webhook_id: PathId, caller: Owner, db: Db, paging: Paging) -> Response:
    """What was sent to an endpoint, with every attempt, oldest first."""
    async with reading(db) as tx:
        await get_endpoint(tx, org=caller.org, endpoint_id=webhook_id)
        found = await store.list_deliveries(
            tx, org=caller.org, endpoint_id=webhook_id, limit=paging.limit + 1, after=paging.after_id
        )
    return page(paging, found)


def _secret(text: str | None) -> bytes | None:
    if text is None:
        return None
    secret = parse_secret(text)
    if secret is None:
        raise WebhookSecretInvalid
    return secret
