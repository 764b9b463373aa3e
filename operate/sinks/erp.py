"""An ERP simulator that keeps the contract of `docs/api/erp.json`, with the faults that real ones have.

Beside the contract: `PUT /credentials/{organisation}` {scheme, secret, callback_secret} admits an organisation.
`POST /faults` {organisation or "*", kind, times}: the next requests are booked and never answered (`timeout`), fail
with 500 before they are booked (`error`), are refused (`refuse`), taken for later (`pending`), paid under a number
with a NUL in it (`nul`), or paid, forgotten and answered with 500 (`forget`). `POST /changes` {organisation, status,
code, text} changes the newest payment of an organisation and calls back. `GET /payments?organisation=…` lists.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, get_args

import httpx2
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from operate.erp.contract import PaymentRefused, create_contract
from operate.erp.description import CHECK_PENDING, CHECK_REFUSED, CHECK_REVERSED
from operate.sinks.ledger import Booked, Credentials, Fault, FaultKind, Ledger
from operate.sinks.serving import parse_arguments, problem, ready, serve
from shared.contracts.erp import Payment, PaymentChanged, PaymentRequest, Status
from shared.kernel.clock import SystemClock
from shared.kernel.ids import new_id
from shared.platform.outbound.signature import parse_secret, signed_headers

_NEVER_ANSWERS: Final = 60.0
_SOON: Final = 0.2
_CALLBACK_SECONDS: Final = 5.0


class _Change(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    organisation: str
    status: Status
    code: str | None = None
    text: str | None = None


class Simulator:
    """An ERP's side over one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._later: set[asyncio.Task[None]] = set()

    def proven(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """The organisation that the request comes from."""
        return self._ledger.proven(headers, body)

    async def pay(self, organisation: str, request: PaymentRequest) -> Payment | Response:
        """Book the payment, unless a fault was ordered or the customer is one of the check's."""
        known = self._ledger.find(organisation, request.payment_key)
        fault = None if known else self._ledger.next_fault(organisation)
        customer = request.customer.ref
        if fault == "error":
            return problem(500, "internal_error", "The ERP failed")
        if known is None and (fault == "refuse" or customer == CHECK_REFUSED):
            raise PaymentRefused("payee_unknown", "The payee is not in the vendor master / 供应商主数据中没有该收款人")
        is_pending = fault == "pending" or customer == CHECK_PENDING
        booked = self._ledger.pay(
            request, status="pending" if is_pending else "paid", reference="pay\x001" if fault == "nul" else None
        )
        if known is None and customer == CHECK_PENDING:
            self._soon(booked, status="paid")
        if known is None and customer == CHECK_REVERSED:
            self._soon(booked, status="reversed", code="account_closed", text="Returned by the bank / 银行退票")
        if fault == "forget":
            self._ledger.forget(organisation, request.payment_key)
            return problem(500, "internal_error", "The ERP failed")
        if fault == "timeout":
            await asyncio.sleep(_NEVER_ANSWERS)
        return booked.payment

    async def find(self, organisation: str, key: str) -> Payment | None:
        """The payment under the key."""
        booked = self._ledger.find(organisation, key)
        return None if booked is None else booked.payment

    async def change(self, change: _Change) -> bool:
        """Change the newest payment of the organisation and call back; False when there is none."""
        found = self._ledger.of(change.organisation)
        if not found:
            return False
        self._ledger.change(found[-1], status=change.status, code=change.code, text=change.text)
        await self._call_back(found[-1])
        return True

    async def close(self) -> None:
        """Drop what would have happened later."""
        for task in self._later:
            task.cancel()

    def _soon(self, booked: Booked, **changes: Any) -> None:
        async def later() -> None:
            await asyncio.sleep(_SOON)
            self._ledger.change(booked, **changes)
            await self._call_back(booked)

        task = asyncio.create_task(later())
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _call_back(self, booked: Booked) -> None:
        """One callback; who was not reached asks."""
        url = booked.request.callback_url
        known = self._ledger.credentials.get(booked.request.organisation)
        if url is None or known is None or known.callback_secret is None:
            return
        payment = booked.payment
        body = PaymentChanged(payment_key=payment.payment_key, status=payment.status).model_dump_json().encode()
        headers = {"content-type": "application/json", **_proof(known, body)}
        with contextlib.suppress(httpx2.HTTPError):
            async with httpx2.AsyncClient(trust_env=False, timeout=_CALLBACK_SECONDS) as client:
                await client.post(url, content=body, headers=headers)


def create_app(ledger: Ledger) -> FastAPI:
    """The contract over the ledger, and the routes beside it."""
    simulator = Simulator(ledger)
    app = create_contract(simulator, _hooks(ledger, simulator))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await simulator.close()

    app.router.lifespan_context = lifespan
    return app


def _hooks(ledger: Ledger, simulator: Simulator) -> APIRouter:
    router = APIRouter()

    async def payments(request: Request) -> Response:
        found = ledger.of(request.query_params.get("organisation"))
        shown = [
            each.payment.model_dump(mode="json") | {"request": each.request.model_dump(mode="json")} for each in found
        ]
        return JSONResponse({"payments": shown})

    async def credentials(request: Request) -> Response:
        body = await _object(request)
        try:
            ledger.admit(request.path_params["organisation"], Credentials(**body))
        except TypeError:
            return problem(422, "credentials_invalid", "scheme, secret and callback_secret are expected")
        return Response(status_code=204)

    async def faults(request: Request) -> Response:
        body = await _object(request)
        if body.get("kind") not in get_args(FaultKind) or not isinstance(body.get("times"), int):
            return problem(422, "fault_invalid", f"kind ({', '.join(get_args(FaultKind))}) and times are required")
        ledger.set_fault(str(body.get("organisation", "*")), Fault(body["kind"], body["times"]))
        return Response(status_code=204)

    async def changes(request: Request) -> Response:
        try:
            change = _Change.model_validate_json(await request.body())
        except ValidationError:
            return problem(422, "change_invalid", "organisation and status are required")
        is_there = await simulator.change(change)
        return Response(status_code=204) if is_there else problem(404, "payment_not_found", "No payment yet")

    router.add_route("/payments", payments)
    router.add_route("/", payments)
    router.add_route("/credentials/{organisation}", credentials, methods=["PUT"])
    router.add_route("/faults", faults, methods=["POST"])
    router.add_route("/changes", changes, methods=["POST"])
    router.add_route("/health/ready", ready)
    return router


def _proof(known: Credentials, body: bytes) -> dict[str, str]:
    """The headers that prove the ERP to Redress."""
    secret = known.callback_secret or ""
    if known.scheme == "bearer":
        return {"authorization": f"Bearer {secret}"}
    key = parse_secret(secret)
    return signed_headers(body, webhook_id=new_id(), at=SystemClock().now(), secrets=() if key is None else (key,))


async def _object(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


if __name__ == "__main__":
    arguments = parse_arguments()
    serve(create_app(Ledger(arguments.book)), port=arguments.port)
