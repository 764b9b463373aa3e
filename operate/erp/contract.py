"""The contract as an application: an ERP's side is plugged in, `docs/api/erp.json` is the application's document.

The simulator implements it, so that the published document and what the tests talk to are the same.
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from operate.erp.description import INTRODUCTION
from shared.contracts.erp import (
    KEY_HEADER,
    PAYMENTS,
    CallbackTaken,
    Payment,
    PaymentChanged,
    PaymentRequest,
    Refusal,
)

_REF: Final = "#/components/schemas/{model}"
_SECURITY: Final[Mapping[str, Any]] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The secret that the organisation has set."},
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "Standard Webhooks 1.0.0, with `webhook-id` and `webhook-timestamp`.",
    },
}


class KeyReused(Exception):
    """The key has another content."""


class PaymentRefused(Exception):
    """The ERP will not pay this."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code)
        self.refusal = Refusal(code=code, text=text)


class ErpSide(Protocol):
    """What an ERP does; a Response is given as it is, which is how the simulator fails."""

    def proven(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """The organisation that the request is proven to come from, or None."""
        ...

    async def pay(self, organisation: str, request: PaymentRequest) -> Payment | Response:
        """The payment, once for its key. Raises KeyReused or PaymentRefused."""
        ...

    async def find(self, organisation: str, key: str) -> Payment | Response | None:
        """The payment under the key."""
        ...


def create_contract(erp: ErpSide, *more: APIRouter) -> FastAPI:
    """The application over an ERP's side; routes of `more` are not in the document."""
    app = FastAPI(
        title="Payments by an ERP",
        version="1",
        description=INTRODUCTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.include_router(_router(erp))
    for router in more:
        app.include_router(router, include_in_schema=False)

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(FastAPI.openapi(app))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


def _router(erp: ErpSide) -> APIRouter:
    router = APIRouter()

    @router.post(PAYMENTS, operation_id="requestPayment", summary="Pay a remedy, once for its key")
    async def pay(request: Request) -> Response:
        try:
            paid = await erp.pay(*await _asked(erp, request))
        except _Answered as answered:
            return answered.response
        except KeyReused:
            return _refuse(409, "key_reused", "The key has another content.")
        except PaymentRefused as refused:
            return JSONResponse(refused.refusal.model_dump(), 422)
        if isinstance(paid, Response):
            return paid
        return _shown(paid, status=202 if paid.status == "pending" else 200)

    @router.get(f"{PAYMENTS}/{{payment_key}}", operation_id="showPayment", summary="What became of a payment")
    async def show(request: Request, payment_key: str) -> Response:
        try:
            found = await erp.find(_proven(erp, request, b""), payment_key)
        except _Answered as answered:
            return answered.response
        if isinstance(found, Response):
            return found
        return _refuse(404, "payment_unknown", "No such payment.") if found is None else _shown(found, status=200)

    return router


class _Answered(Exception):
    """The request is refused before the ERP's side sees it."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(code)
        self.response = _refuse(status, code, text)


async def _asked(erp: ErpSide, request: Request) -> tuple[str, PaymentRequest]:
    """The organisation and its request. Raises _Answered."""
    body = await request.body()
    organisation = _proven(erp, request, body)
    try:
        asked = PaymentRequest.model_validate_json(body)
    except ValidationError:
        raise _Answered(400, "body_invalid", "The body is not a payment request.") from None
    if request.headers.get(KEY_HEADER) != asked.payment_key:
        raise _Answered(400, "key_invalid", "Idempotency-Key and payment_key are not the same.")
    if organisation != asked.organisation:
        raise _Answered(401, "not_proven", "The credentials belong to another organisation.")
    return organisation, asked


def _proven(erp: ErpSide, request: Request, body: bytes) -> str:
    organisation = erp.proven(request.headers, body)
    if organisation is None:
        raise _Answered(401, "not_proven", "The request is not proven to come from Redress.")
    return organisation


def _shown(payment: Payment, *, status: int) -> Response:
    return JSONResponse(payment.model_dump(mode="json"), status)


def _refuse(status: int, code: str, text: str) -> Response:
    return JSONResponse(Refusal(code=code, text=text).model_dump(), status)


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    """Bodies, answers and the callback, which the routes read and write by hand."""
    models: tuple[type[BaseModel], ...] = (PaymentRequest, Payment, Refusal, PaymentChanged, CallbackTaken)
    _, definitions = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    document["components"] = {"schemas": definitions["$defs"], "securitySchemes": dict(_SECURITY)}
    document["security"] = [{name: []} for name in _SECURITY]
    post = document["paths"][PAYMENTS]["post"]
    get = document["paths"][f"{PAYMENTS}/{{payment_key}}"]["get"]
    post["description"] = "Repeated with the same key and content it answers the same and pays once."
    post["parameters"] = [_KEY]
    post["requestBody"] = _body(PaymentRequest)
    post["responses"] = {
        "200": _answer(Payment, "Paid, exactly this amount."),
        "202": _answer(Payment, "Taken, and paid later; `status` is `pending`."),
        "400": _answer(Refusal, "Not a request of this contract, or a key that is not `payment_key`."),
        "401": _answer(Refusal, "The request is not proven."),
        "409": _answer(Refusal, "The key has another content; the first payment stays as it is."),
        "422": _answer(Refusal, "Refused: nothing is paid, and nothing will be under this key."),
    }
    get["description"] = "Settlement asks after a lost answer, for what is pending, and some days after a payment."
    get["parameters"] = [_PATH_KEY]
    get["responses"] = {
        "200": _answer(Payment, "The payment as it is now, in every status."),
        "401": _answer(Refusal, "The request is not proven."),
        "404": _answer(Refusal, "No request with this key was taken; it may be sent again."),
    }
    document["webhooks"] = {"paymentChanged": {"post": _callback()}}
    return document


def _callback() -> dict[str, Any]:
    return {
        "operationId": "paymentChanged",
        "summary": "Tell settlement that a payment has changed",
        "description": "To `callback_url` of the request. Settlement then asks what the payment is now.",
        "requestBody": _body(PaymentChanged),
        "responses": {
            "202": _answer(CallbackTaken, "Understood; the payment will be asked about."),
            "401": {"description": "The callback is not proven; a timestamp may be five minutes off."},
            "404": {"description": "The organisation has no payment with this key."},
        },
    }


def _body(model: type[BaseModel]) -> dict[str, Any]:
    return {"required": True, "content": _json(model)}


def _answer(model: type[BaseModel], description: str) -> dict[str, Any]:
    return {"description": description, "content": _json(model)}


def _json(model: type[BaseModel]) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": _REF.format(model=model.__name__)}}}


_UUID: Final = {"type": "string", "format": "uuid"}
_KEY: Final = {
    "name": KEY_HEADER,
    "in": "header",
    "required": True,
    "description": "The payment key; the same as `payment_key` of the body.",
    "schema": _UUID,
}
_PATH_KEY: Final = {
    "name": "payment_key",
    "in": "path",
    "required": True,
    "description": "The payment key of the request.",
    "schema": _UUID,
}
