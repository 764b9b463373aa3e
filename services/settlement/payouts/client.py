"""The ERP's two calls: a POST under a key that never changes, and a GET that asks for its outcome.

    POST {erp_url}/v1/payments          Idempotency-Key: <payout id>   → 2xx {payment_id, amount_minor, currency}
    GET  {erp_url}/v1/payments/<payout id>?organisation=<id>           → 200 the same, or 404

`amount_minor` is what the customer is credited; `net_minor` and `tax_minor` of a `negative_invoice` are negative, as
that invoice prints them. An answer that lacks one of the fields, or has another shape, counts as no answer.
"""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Final

import httpx2
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.settlement.payouts.rules.payout import Answer, NoAnswer, NotThere, Paid, Refused
from shared.kernel.money import LARGEST_MINOR, Money

_BODY_CAP: Final = 64 * 1024
_REFUSALS: Final = frozenset({400, 402, 403, 410, 412, 422})
_NOT_FOUND: Final = 404


class _Payment(BaseModel):
    """The fields of the ERP's answer that are read."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    payment_id: Annotated[str, Field(min_length=1, max_length=200)]
    amount_minor: Annotated[int, Field(ge=-LARGEST_MINOR, le=LARGEST_MINOR)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Erp:
    """Calls one ERP; every call ends within `timeout_seconds`."""

    def __init__(self, url: str, *, timeout_seconds: float, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._payments = f"{url.rstrip('/')}/v1/payments"
        self._timeout = timeout_seconds
        self._client = httpx2.AsyncClient(
            timeout=httpx2.Timeout(timeout_seconds), follow_redirects=False, trust_env=False, transport=transport
        )

    async def send(self, key: str, body: Mapping[str, Any]) -> Answer:
        """Ask for the payment; the same key and body as often as needed pay once."""
        return await self._call(
            self._client.build_request("POST", self._payments, json=dict(body), headers={"Idempotency-Key": key})
        )

    async def ask(self, key: str, *, organisation: str) -> Answer:
        """The outcome of the payment under `key`."""
        answer = await self._call(
            self._client.build_request("GET", f"{self._payments}/{key}", params={"organisation": organisation})
        )
        return NoAnswer(reason=answer.reason) if isinstance(answer, Refused) else answer

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _call(self, request: httpx2.Request) -> Answer:
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._client.send(request, stream=True)
                try:
                    body = await _capped(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            return NoAnswer(reason="no answer in time")
        except httpx2.HTTPError as error:
            return NoAnswer(reason=type(error).__name__)
        return _understood(request.method, response.status_code, body)


async def _capped(response: httpx2.Response) -> bytes | None:
    """The body, or None when it is longer than any answer could be."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > _BODY_CAP:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _understood(method: str, status: int, body: bytes | None) -> Answer:
    if method == "GET" and status == _NOT_FOUND:
        return NotThere()
    if status in _REFUSALS:
        return Refused(reason=f"refused with {status}")
    if not 200 <= status < 300:  # noqa: PLR2004
        return NoAnswer(reason=f"answered {status}")
    try:
        payment = _Payment.model_validate_json(body or b"")
    except ValidationError:
        return NoAnswer(reason="answer not understood")
    return Paid(reference=payment.payment_id, amount=Money(minor=payment.amount_minor, currency=payment.currency))
