"""An ERP simulator that pays, with the faults that real ones have.

`POST /v1/payments` with `Idempotency-Key`: the same key and body give the same answer, another body 422. `GET
/v1/payments/{key}` answers what became of a call whose answer was lost. `POST /faults {"organisation": …|"*", "kind":
"timeout"|"error"|"refuse", "times": N}`: the next N calls charge and never answer, fail with 500 before charging, or
are refused with 402. `GET /v1/payments?organisation=…` lists.
"""

import asyncio
from dataclasses import asdict
from typing import get_args

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from operate.sinks.ledger import Fault, FaultKind, KeyReused, Ledger, Payment, organisation_of
from operate.sinks.serving import parse_ports, problem, ready, serve

_NEVER_ANSWERS = 60.0
_MAX_KEY = 255


def create_app(ledger: Ledger) -> Starlette:
    """The API over one ledger."""

    async def pay(request: Request) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not 0 < len(key) <= _MAX_KEY:
            return problem(400, "idempotency_key_missing", "Idempotency-Key is required")
        body = await _object(request)
        if body is None:
            return problem(422, "body_invalid", "A JSON object is required")
        return await _pay(ledger, key, body)

    async def payment(request: Request) -> Response:
        found = ledger.find(request.path_params["key"], organisation=request.query_params.get("organisation"))
        return JSONResponse(_shown(found[0])) if found else problem(404, "payment_not_found", "No such payment")

    async def payments(request: Request) -> Response:
        found = ledger.of(request.query_params.get("organisation"))
        return JSONResponse({"payments": [_shown(each) for each in found]})

    async def faults(request: Request) -> Response:
        body = await _object(request)
        if body is None or body.get("kind") not in get_args(FaultKind) or not isinstance(body.get("times"), int):
            return problem(422, "fault_invalid", "organisation, kind (timeout, error, refuse) and times are required")
        ledger.set_fault(str(body.get("organisation", "*")), Fault(body["kind"], body["times"]))  # type: ignore[arg-type]
        return Response(status_code=204)

    routes = [
        Route("/v1/payments", pay, methods=["POST"]),
        Route("/v1/payments", payments),
        Route("/", payments),
        Route("/v1/payments/{key}", payment),
        Route("/faults", faults, methods=["POST"]),
        Route("/health/ready", ready),
    ]
    return Starlette(routes=routes)


async def _pay(ledger: Ledger, key: str, body: dict[str, object]) -> Response:
    fault = ledger.next_fault(organisation_of(body))
    if fault == "error":
        return problem(500, "internal_error", "The ERP failed")
    if fault == "refuse":
        return problem(402, "payment_refused", "The ERP refuses this payment")
    try:
        payment, is_new = ledger.pay(key, body)
    except KeyReused:
        return problem(422, "idempotency_key_reused", "This key was used with another body")
    if fault == "timeout":
        await asyncio.sleep(_NEVER_ANSWERS)
    return JSONResponse(_shown(payment), 201, headers={"Idempotent-Replayed": "false" if is_new else "true"})


def _shown(payment: Payment) -> dict[str, object]:
    """A payment as an ERP answers it: what was paid stands plainly beside what was asked for."""
    paid = {name: payment.request.get(name) for name in ("amount_minor", "currency")}
    return {**asdict(payment), **paid}


async def _object(request: Request) -> dict[str, object] | None:
    try:
        body = await request.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


if __name__ == "__main__":
    ports = parse_ports()
    serve(create_app(Ledger()), port=ports.port)
