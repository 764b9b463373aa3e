"""Webhook endpoints of the caller's organisation."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from services.notify.messages.rules import ChosenDeliveries
from services.notify.messages.store.queries import list_deliveries
from services.notify.webhooks.rules.errors import WebhookSecretInvalid
from services.notify.webhooks.store import get_endpoint, list_endpoints
from services.notify.webhooks.use_cases.redeliver import Redeliver, redeliver_one, redeliver_range
from services.notify.webhooks.use_cases.register_webhook import RegisterWebhook, register_webhook
from services.notify.webhooks.use_cases.remove_webhook import RemoveWebhook, remove_webhook
from services.notify.webhooks.use_cases.rotate_webhook import RotateWebhook, rotate_webhook
from services.notify.webhooks.use_cases.send_test import SendTest, send_test
from services.notify.webhooks.views.endpoints import (
    DeliveryView,
    EventWanted,
    RedeliverBody,
    RedeliveredView,
    RegisterWebhookBody,
    RotateWebhookBody,
    TestView,
    WebhookList,
    WebhookSecretView,
    WebhookView,
)
from shared.kernel.clock import SystemClock
from shared.platform.db.transaction import Transaction, reading, transaction
from shared.platform.http.catching_up import position_after
from shared.platform.http.edge import UUID_PATTERN, Caller, Db, PathId, answer, needs, run_once, strict_body
from shared.platform.http.paging import Page, Paging
from shared.platform.http.strict import Instant
from shared.platform.organisation_clock import organisation_now
from shared.platform.outbound.signature import parse_secret
from shared.platform.position import HEADER
from shared.platform.sealing import Sealer

router = APIRouter(tags=["webhooks"])
Owner = Annotated[Caller, Depends(needs("webhooks:write"))]


@router.post("/v1/webhooks", operation_id="registerWebhook", status_code=201, response_model=WebhookSecretView)
async def register(
    request: Request, body: Annotated[RegisterWebhookBody, strict_body(RegisterWebhookBody)], caller: Owner, db: Db
) -> Response:
    """Register an endpoint for webhooks. The answer holds its secret, which is never shown again."""
    cmd = RegisterWebhook(
        org=caller.org,
        url=body.url,
        events=tuple(body.events),
        secret=_secret(body.secret),
        allow_loopback=request.app.state.loopback_webhooks_allowed,
        actor=caller.actor,
    )

    sealer: Sealer = request.app.state.sealer

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        return 201, WebhookSecretView.made(await register_webhook(tx, cmd, sealer=sealer, now=now))

    return await run_once(request, db, caller, work, sealer=sealer)


@router.get("/v1/webhooks", operation_id="listWebhooks", response_model=WebhookList)
async def list_webhooks(caller: Owner, db: Db) -> Response:
    """List all webhook endpoints (an organisation has at most 20), without their secrets."""
    async with reading(db) as tx:
        found = await list_endpoints(tx, org=caller.org)
    return answer(WebhookList(items=[WebhookView.of(endpoint) for endpoint in found]))


@router.get("/v1/webhooks/{webhook_id}", operation_id="showWebhook", response_model=WebhookView)
async def show(webhook_id: PathId, caller: Owner, db: Db) -> Response:
    """Show one webhook endpoint, without its secret."""
    async with reading(db) as tx:
        found = await get_endpoint(tx, org=caller.org, endpoint_id=webhook_id)
    return answer(WebhookView.of(found))


@router.delete("/v1/webhooks/{webhook_id}", operation_id="removeWebhook", status_code=204)
async def remove(request: Request, webhook_id: PathId, caller: Owner, db: Db) -> Response:
    """Remove a webhook endpoint; what waits for it is skipped."""
    cmd = RemoveWebhook(org=caller.org, endpoint_id=webhook_id)
    async with transaction(db) as tx:
        await remove_webhook(tx, cmd, now=await organisation_now(tx, caller.org))
        position = position_after(request, tx)
    return Response(status_code=204, headers={HEADER: position})


@router.post("/v1/webhooks/{webhook_id}/rotate", operation_id="rotateWebhookSecret", response_model=WebhookSecretView)
async def rotate(
    request: Request,
    webhook_id: PathId,
    body: Annotated[RotateWebhookBody, strict_body(RotateWebhookBody)],
    caller: Owner,
    db: Db,
) -> Response:
    """Give a webhook endpoint a new secret.

    The old one signs along for a day. Switches a disabled endpoint on again.
    """
    cmd = RotateWebhook(org=caller.org, endpoint_id=webhook_id, secret=_secret(body.secret))

    sealer: Sealer = request.app.state.sealer

    async def work(tx: Transaction, _now: datetime) -> tuple[int, BaseModel]:
        made = await rotate_webhook(tx, cmd, sealer=sealer, now=SystemClock().now())
        return 200, WebhookSecretView.made(made)

    return await run_once(request, db, caller, work, sealer=sealer)


async def _chosen(
    state: Annotated[Literal["queued", "outcome_unknown", "sent", "skipped", "failed"] | None, Query()] = None,
    event: Annotated[EventWanted | None, Query(description="Name of an event.")] = None,
    case_id: Annotated[str | None, Query(pattern=UUID_PATTERN)] = None,
    since: Annotated[Instant | None, Query(alias="from", description="Made at this instant or later.")] = None,
    until: Annotated[Instant | None, Query(alias="to", description="Made before this instant.")] = None,
) -> ChosenDeliveries:
    states = (state,) if state else None
    events = None if event is None else (event,)
    return ChosenDeliveries(states=states, events=events, case_id=case_id, since=since, until=until)


Chosen = Annotated[ChosenDeliveries, Depends(_chosen)]


@router.get("/v1/webhooks/{webhook_id}/deliveries", operation_id="listDeliveries", response_model=Page[DeliveryView])
async def deliveries(webhook_id: PathId, caller: Owner, db: Db, paging: Paging, chosen: Chosen) -> Response:
    """List what was sent or is to be sent to a webhook endpoint, with every attempt, oldest first."""
    async with reading(db) as tx:
        await get_endpoint(tx, org=caller.org, endpoint_id=webhook_id)
        found = await list_deliveries(
            tx, chosen, org=caller.org, endpoint_id=webhook_id, limit=paging.limit + 1, after=paging.after_id
        )
    views = [DeliveryView.of(each) for each in found]
    return answer(paging.page(views, keys=[(view.message_id,) for view in views]))


@router.post("/v1/webhooks/{webhook_id}/test", operation_id="testWebhook", status_code=202, response_model=TestView)
async def send_a_test(request: Request, webhook_id: PathId, caller: Owner, db: Db) -> Response:
    """Send a test to a webhook endpoint: a `webhook.test`, which is tried for ten minutes."""

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        return 202, TestView(message_id=await send_test(tx, SendTest(org=caller.org, endpoint_id=webhook_id), now=now))

    return await run_once(request, db, caller, work)


@router.post(
    "/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver",
    operation_id="repeatDelivery",
    status_code=202,
    response_model=RedeliveredView,
)
async def redeliver(request: Request, webhook_id: PathId, delivery_id: PathId, caller: Owner, db: Db) -> Response:
    """Make one ended delivery to a webhook endpoint again. Its id and body stay; it has the whole plan of retries."""
    chosen = ChosenDeliveries(message_ids=(delivery_id,))

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        await redeliver_one(tx, Redeliver(org=caller.org, endpoint_id=webhook_id, chosen=chosen), now=now)
        return 202, RedeliveredView(redelivered=1)

    return await run_once(request, db, caller, work)


@router.post(
    "/v1/webhooks/{webhook_id}/redeliver",
    operation_id="repeatDeliveries",
    status_code=202,
    response_model=RedeliveredView,
)
async def redeliver_those_of(
    request: Request,
    webhook_id: PathId,
    body: Annotated[RedeliverBody, strict_body(RedeliverBody)],
    caller: Owner,
    db: Db,
) -> Response:
    """Make the ended deliveries of a range to a webhook endpoint again, at most 1000 of them."""
    cmd = Redeliver(org=caller.org, endpoint_id=webhook_id, chosen=body.chosen())

    async def work(tx: Transaction, now: datetime) -> tuple[int, BaseModel]:
        return 202, RedeliveredView(redelivered=await redeliver_range(tx, cmd, now=now))

    return await run_once(request, db, caller, work)


def _secret(text: str | None) -> bytes | None:
    if text is None:
        return None
    secret = parse_secret(text)
    if secret is None:
        raise WebhookSecretInvalid
    return secret
