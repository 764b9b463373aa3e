"""The two calls of the contract (`shared/contracts/erp.py`): a POST under a key that never changes, a GET that asks.

    POST {url}/v1/payments                  200 paid · 202 pending · 422 refused · 409 the key has another body
    GET  {url}/v1/payments/<payment key>    200 the payment · 404 unknown

Nothing that the other side writes is believed, stored or shown as it came: answers are bounded, read strictly, words
are cleaned, and a reference that would have to be changed to be stored is not taken.
"""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpcore2
import orjson
from pydantic import BaseModel, ValidationError

from services.settlement.erp.rules import ErpAddress, Scheme
from services.settlement.payouts.rules.answers import (
    Answer,
    Ended,
    NoAnswer,
    NotSent,
    NotThere,
    Paid,
    Pending,
    Refused,
    Unreadable,
    Unusable,
)
from shared.contracts.erp import (
    KEY_HEADER,
    LARGEST_ANSWER,
    LONGEST_CODE,
    LONGEST_REFERENCE,
    LONGEST_TEXT,
    PAYMENTS,
    Payment,
    Refusal,
)
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.foreign_text import cleaned, is_plain
from shared.kernel.money import Money
from shared.platform.observability.context import child, current
from shared.platform.observability.tracing import SPANS, Work, traced
from shared.platform.outbound.addresses import UrlRefused, judged_url
from shared.platform.outbound.network import AddressRefused, JudgedNetwork, Resolve, resolve
from shared.platform.outbound.signature import parse_secret, signed_headers

M = TypeVar("M", bound=BaseModel)
_CLIENT_ERROR: Final = 400
_BROKEN: Final = (httpcore2.NetworkError, httpcore2.ProtocolError, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Received:
    """What came back; `body` is None when it was longer than any answer may be."""

    status: int
    body: bytes | None


class Erp:
    """Calls the ERPs of all organisations; every call ends within `timeout_seconds`."""

    def __init__(
        self,
        *,
        timeout_seconds: float,
        allow_loopback: bool,
        resolve: Resolve = resolve,
        ssl_context: ssl.SSLContext | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._timeout = timeout_seconds
        self._allow_loopback = allow_loopback
        self._clock = clock or SystemClock()
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl_context or ssl.create_default_context(),
            max_connections=64,
            max_keepalive_connections=16,
            keepalive_expiry=30.0,
            network_backend=JudgedNetwork(allow_loopback=allow_loopback, resolve=resolve),
        )

    async def send(self, address: ErpAddress, *, key: str, request: Mapping[str, Any]) -> Answer:
        """Ask for the payment; the same key and body as often as needed pay once."""
        received = await self._call("POST", f"{address.url}{PAYMENTS}", address, key=key, body=orjson.dumps(request))
        return _sent(received, key=key) if isinstance(received, _Received) else received

    async def ask(self, address: ErpAddress, *, key: str) -> Answer:
        """The outcome of the payment under `key`."""
        received = await self._call("GET", f"{address.url}{PAYMENTS}/{key}", address, key=key, body=b"")
        return _asked(received, key=key) if isinstance(received, _Received) else received

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.aclose()

    async def _call(
        self, method: str, url: str, address: ErpAddress, *, key: str, body: bytes
    ) -> _Received | NoAnswer | NotSent:
        headers = self._headers(address, key=key, body=body)
        try:
            judged_url(url, allow_loopback=self._allow_loopback)
            async with asyncio.timeout(self._timeout):
                with _request(method, url) as work:
                    if SPANS.are_recorded:
                        headers["traceparent"] = work.context.traceparent
                    received = await self._exchange(method, url, headers=headers, body=body)
                    work.attributes["http.response.status_code"] = received.status
                    work.error = str(received.status) if received.status >= _CLIENT_ERROR else None
                    return received
        except (UrlRefused, AddressRefused):
            return NotSent(reason="the ERP's address may not be called")
        except (TimeoutError, httpcore2.TimeoutException):
            return NoAnswer(reason="no answer in time")
        except _BROKEN:
            return NoAnswer(reason="the connection failed")

    async def _exchange(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes) -> _Received:
        async with self._pool.stream(method, url, headers=list(headers.items()), content=body or None) as response:
            chunks: list[bytes] = []
            size = 0
            async for chunk in response.aiter_stream():
                size += len(chunk)
                if size > LARGEST_ANSWER:
                    return _Received(status=response.status, body=None)
                chunks.append(chunk)
            return _Received(status=response.status, body=b"".join(chunks))

    def _headers(self, address: ErpAddress, *, key: str, body: bytes) -> dict[str, str]:
        headers = {"accept": "application/json", "user-agent": "Redress-Payments/1"}
        if body:
            headers |= {"content-type": "application/json", KEY_HEADER: key}
        if address.scheme is Scheme.BEARER:
            return headers | {"authorization": f"Bearer {address.secret}"}
        secret = parse_secret(address.secret)
        secrets = () if secret is None else (secret,)
        return headers | signed_headers(body, webhook_id=key, at=self._clock.now(), secrets=secrets)


def _request(method: str, url: str) -> AbstractContextManager[Work]:
    """The span of a request, by the semantic conventions for HTTP clients; `url.full` is left out: it is a setting."""
    parts = urlsplit(url)
    template = PAYMENTS if method == "POST" else f"{PAYMENTS}/{{payment_key}}"
    attributes: dict[str, str | int] = {
        "http.request.method": method,
        "url.template": template,
        "server.address": parts.hostname or "",
        "server.port": parts.port or (443 if parts.scheme == "https" else 80),
    }
    return traced(f"{method} {template}", kind="client", context=child(current()), attributes=attributes)


def _sent(received: _Received, *, key: str) -> Answer:
    match received.status:
        case 200 | 202:
            return _payment(received, key=key)
        case 422:
            return _refused(received)
        case 409:
            return Unusable(reason="the ERP has this key with another request")
        case status:
            return NoAnswer(reason=_status(status))


def _asked(received: _Received, *, key: str) -> Answer:
    match received.status:
        case 200:
            return _payment(received, key=key)
        case 404:
            return NotThere()
        case status:
            return NoAnswer(reason=_status(status))


def _status(status: int) -> str:
    if status in (401, 403):
        return f"answered {status}: it does not accept our credentials"
    return f"answered {status}"


def _payment(received: _Received, *, key: str) -> Answer:
    """An answer of success. The body decides between paid and pending, not the status line."""
    payment = _read(received, Payment)
    if isinstance(payment, str):
        return Unreadable(reason=f"the answer is not what the contract says: {payment}")
    if payment.payment_key != key:
        return Unusable(reason="the answer is about another payment")
    amount = Money(minor=payment.amount_minor, currency=payment.currency)
    match payment.status:
        case "pending":
            return Pending(amount=amount)
        case "paid":
            reference = payment.reference or ""
            if not 0 < len(reference) <= LONGEST_REFERENCE or not is_plain(reference):
                return Unusable(reason=f"paid under a number that cannot be kept: {_shown(reference)}")
            return Paid(reference=reference, amount=amount)
        case "failed" | "reversed":
            return Ended(code=_code(payment.code), text=cleaned(payment.text or "", longest=LONGEST_TEXT))


def _refused(received: _Received) -> Refused:
    """A refusal counts whatever its body is: the status alone says that nothing is paid."""
    refusal = _read(received, Refusal)
    if isinstance(refusal, str):
        return Refused(code=None, text=f"refused; the reason is not what the contract says: {refusal}")
    return Refused(code=_code(refusal.code), text=cleaned(refusal.text, longest=LONGEST_TEXT))


def _read(received: _Received, model: type[M]) -> M | str:
    """The body as `model`, or in which way it is none, without repeating it. UTF-8 is the only encoding."""
    if received.body is None:
        return f"longer than {LARGEST_ANSWER} bytes"
    try:
        return model.model_validate_json(received.body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return cleaned(f"{'.'.join(str(part) for part in first['loc']) or 'body'}: {first['type']}", longest=200)


def _code(code: str | None) -> str | None:
    return cleaned(code or "", longest=LONGEST_CODE) or None


def _shown(reference: str) -> str:
    """What a person can look for in the ERP."""
    return f"`{cleaned(reference, longest=80)}`" if reference else "none was given"
