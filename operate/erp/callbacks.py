"""A receiver of callbacks for `redress erp check`: takes what the ERP reports and says whether it is proven."""

import asyncio
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from operate.erp.target import Target
from shared.contracts.erp import PaymentChanged
from shared.kernel.clock import SystemClock
from shared.platform.outbound.signature import parse_secret, signature_fault

PATH = "/callbacks"
_STARTS_WITHIN = 10.0
_FAULTS = {
    "signature_missing": "has no webhook-id, webhook-timestamp and webhook-signature",
    "signature_malformed": "has a malformed webhook-timestamp or signature",
    "signature_old": "has a webhook-timestamp that is more than five minutes off",
    "signature_not_v1": "has no `v1` signature",
    "signature_wrong": "has a signature that is not made with the callback secret over `id.timestamp.body`",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """One callback, and in plain words what is wrong with it."""

    changed: PaymentChanged | None
    faults: tuple[str, ...]


class Callbacks:
    """What has come, by payment key, and what came about no payment."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._came: list[Callback] = []
        self._arrived = asyncio.Condition()

    async def take(self, request: Request) -> Response:
        """Note a callback; one that is wrong is refused, as settlement does."""
        body = await request.body()
        faults = [fault for fault in (self._unproven(request, body),) if fault]
        changed: PaymentChanged | None = None
        try:
            changed = PaymentChanged.model_validate_json(body)
        except ValidationError:
            faults.append("has a body that is not `PaymentChanged`")
        async with self._arrived:
            self._came.append(Callback(changed=changed, faults=tuple(faults)))
            self._arrived.notify_all()
        key = "" if changed is None else changed.payment_key
        return JSONResponse({"payment_key": key}, 401 if faults else 202)

    async def about(self, key: str, *, seconds: float) -> Callback | None:
        """The first callback about a payment, or one that cannot be read; None when none comes in time."""

        def found() -> Callback | None:
            return next((one for one in self._came if one.changed is None or one.changed.payment_key == key), None)

        try:
            async with asyncio.timeout(seconds), self._arrived:
                await self._arrived.wait_for(lambda: found() is not None)
        except TimeoutError:
            return None
        return found()

    def _unproven(self, request: Request, body: bytes) -> str | None:
        secret = self._target.callback_secret or ""
        if not self._target.signs:
            given = request.headers.get("authorization", "")
            matches = hmac.compare_digest(given.encode(), f"Bearer {secret}".encode())
            return None if matches else "has no `Authorization: Bearer` with the callback secret"
        key = parse_secret(secret)
        headers = {name.lower(): value for name, value in request.headers.items()}
        fault = signature_fault(body, headers, secrets=() if key is None else (key,), now=SystemClock().now())
        return None if fault is None else _FAULTS[fault.value]


@asynccontextmanager
async def listening(target: Target, *, host: str, port: int) -> AsyncIterator[tuple[Callbacks, str]]:
    """Receive callbacks while the block runs; the address that this machine reaches them under."""
    callbacks = Callbacks(target)
    app = Starlette(routes=[Route(PATH, callbacks.take, methods=["POST"])])
    config = uvicorn.Config(app, host=host, port=port, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(_STARTS_WITHIN):
            while not server.started and not task.done():
                await asyncio.sleep(0.01)
        bound = server.servers[0].sockets[0].getsockname()[1]
        yield callbacks, f"http://{host}:{bound}{PATH}"
    finally:
        server.should_exit = True
        await task
