"""The ERP calls back: it says that a payment has changed, and settlement asks what it is now.

What counts is the answer to that question. So a callback may come late, twice or out of order, and one that is replayed
causes a question and nothing else.
"""

import contextlib
import hmac
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from fastapi.openapi.models import APIKey, APIKeyIn
from fastapi.security.base import SecurityBase
from starlette.requests import Request
from starlette.responses import Response

from services.settlement.erp import store as erp
from services.settlement.erp.rules import ErpAddress, Scheme
from services.settlement.payouts import metrics
from services.settlement.payouts.rules.errors import PayoutUnknown
from services.settlement.payouts.rules.payout import ENDED
from services.settlement.payouts.store import payouts
from shared.contracts.erp import CALLBACKS, CallbackTaken, PaymentChanged
from shared.kernel.clock import SystemClock
from shared.kernel.ids import OrgId, is_id
from shared.kernel.text import Text
from shared.platform.auth.caller import Unauthorised
from shared.platform.db.transaction import reading, transaction
from shared.platform.http.body_limit import body_limit
from shared.platform.http.edge import Db, PathId, answer
from shared.platform.http.finished import PROBLEMS
from shared.platform.http.idempotency import safe_to_repeat
from shared.platform.http.strict import parse, validated
from shared.platform.observability.logging import logger
from shared.platform.organisation_clock import organisation_now
from shared.platform.outbound.signature import parse_secret, signature_fault
from shared.platform.sealing import SealBroken

_LARGEST: Final = 16 * 1024
router = APIRouter(tags=["settlement"])


class CallbackNotProven(Unauthorised):
    """The callback is not proven to be the ERP's; `fields.why` says what is missing. 401."""

    code = "callback_not_proven"
    title = Text(en="The callback is not proven to come from the ERP", zh="无法确认回调来自 ERP")


class FromErp(SecurityBase):
    """The ERP of the organisation in the path proves itself: a signature over the body, or a bearer token."""

    def __init__(self) -> None:
        self.scheme_name = "erp"
        self.model = APIKey(
            **{"in": APIKeyIn.header},
            name="webhook-signature",
            description="Standard Webhooks 1.0.0 (`webhook-id`, `webhook-timestamp`, `webhook-signature`), or "
            "`Authorization: Bearer`, as the organisation has set.",
        )

    async def __call__(self, request: Request) -> OrgId:
        if "webhook-signature" not in request.headers and "authorization" not in request.headers:
            raise CallbackNotProven(fields={"why": "nothing"})
        org = OrgId(request.path_params["organisation_id"])
        body = await request.body()
        address: ErpAddress | None = None
        with contextlib.suppress(SealBroken):
            if is_id(org):
                async with reading(request.app.state.db) as tx:
                    address = await erp.find(tx, org=org, sealer=request.app.state.sealer)
        if why := _fault(address, request, body):
            metrics.ERP_CALLBACKS.labels(result="not_proven").inc()
            raise CallbackNotProven(fields={"why": why})
        return org


@router.post(
    f"{CALLBACKS}/{{organisation_id}}",
    operation_id="reportPaymentChange",
    status_code=202,
    response_model=CallbackTaken,
    responses={status: {"$ref": PROBLEMS.format(status=status)} for status in (400, 401, 404, 422)},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": PaymentChanged.model_json_schema()}},
        }
    },
)
@safe_to_repeat
@body_limit(_LARGEST)
async def call_back(
    request: Request,
    organisation_id: PathId,  # noqa: ARG001 (declared for the document; FromErp reads it)
    org: Annotated[OrgId, Depends(FromErp())],
    db: Db,
) -> Response:
    """Report that a payment has changed. The ERP is then asked what it is."""
    body = await request.body()
    parse(body)
    told = validated(body, PaymentChanged)
    async with transaction(db) as tx:
        state = await payouts.nudge(tx, org=org, payout_id=told.payment_key, now=await organisation_now(tx, org))
    if state is None:
        metrics.ERP_CALLBACKS.labels(result="unknown").inc()
        raise PayoutUnknown
    if state in ENDED and told.status == "paid":
        metrics.ERP_CALLBACKS.labels(result="contradicts").inc()
        logger().error("erp.paid_after_end", payout_id=told.payment_key, state=state.value)
    else:
        metrics.ERP_CALLBACKS.labels(result="taken").inc()
    db.work_committed()
    return answer(CallbackTaken(payment_key=told.payment_key), status=202)


def _fault(address: ErpAddress | None, request: Request, body: bytes) -> str | None:
    """Why the callback is not proven; nothing tells an organisation without an ERP from a wrong secret."""
    secret = None if address is None else address.callback_secret
    is_bearer = address is not None and address.scheme is Scheme.BEARER
    if is_bearer or (address is None and "authorization" in request.headers):
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        matches = hmac.compare_digest(token.strip().encode(), (secret or "").encode())
        return None if secret and kind.lower() == "bearer" and matches else "token"
    key = None if secret is None else parse_secret(secret)
    headers = {name.lower(): value for name, value in request.headers.items()}
    fault = signature_fault(body, headers, secrets=() if key is None else (key,), now=SystemClock().now())
    return None if fault is None else fault.value
