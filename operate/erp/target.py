"""The ERP that is checked: where it is, how we prove ourselves to it, and one measured call."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson
from pydantic import BaseModel, ValidationError

from shared.contracts.erp import ANSWER_SECONDS, KEY_HEADER, LARGEST_ANSWER, PAYMENTS
from shared.kernel.clock import SystemClock
from shared.platform.outbound.signature import parse_secret, signed_headers

LONGEST_CALL = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address and the secrets of both sides; a secret `whsec_…` signs, any other is a bearer token."""

    url: str
    secret: str = field(repr=False)
    callback_secret: str | None = field(default=None, repr=False)
    organisation: str
    callback_url: str | None = None
    answer_seconds: float = ANSWER_SECONDS
    """How long an answer may take."""

    @property
    def signs(self) -> bool:
        """True for signatures, false for bearer tokens."""
        return self.secret.startswith("whsec_")

    def proof(self, *, key: str, body: bytes) -> dict[str, str]:
        """The headers that prove us."""
        if not self.signs:
            return {"authorization": f"Bearer {self.secret}"}
        secret = parse_secret(self.secret)
        secrets = () if secret is None else (secret,)
        return signed_headers(body, webhook_id=key, at=SystemClock().now(), secrets=secrets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came back, with what is wrong about the way in which it came."""

    status: int
    body: bytes
    faults: tuple[str, ...]

    def read(self, model: type[BaseModel]) -> tuple[Any, str | None]:
        """The body as `model`; or None and what is wrong with it, in plain words."""
        try:
            return model.model_validate_json(self.body), None
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or "the body"
            return None, f"the body of {self.status} is not `{model.__name__}`: {place}: {first['msg']}"


class Caller:
    """Calls the target; an answer that is too late, too long or not JSON is named with the answer."""

    def __init__(self, target: Target, http: httpx2.AsyncClient) -> None:
        self.target = target
        self._http = http

    async def post(
        self, request: Mapping[str, Any], *, key: str | None = None, proven: bool = True, text: bytes | None = None
    ) -> Answered:
        """`POST /v1/payments`; `key` stands in for the request's own, an empty one leaves the header out."""
        body = orjson.dumps(request) if text is None else text
        name = str(request["payment_key"]) if key is None else key
        headers = {"content-type": "application/json"} | ({KEY_HEADER: name} if name else {})
        if proven:
            headers |= self.target.proof(key=name or str(request["payment_key"]), body=body)
        return await self._call("POST", PAYMENTS, headers=headers, content=body)

    async def get(self, key: str, *, proven: bool = True) -> Answered:
        """`GET /v1/payments/{key}`."""
        headers = self.target.proof(key=key, body=b"") if proven else {}
        return await self._call("GET", f"{PAYMENTS}/{key}", headers=headers)

    async def _call(self, method: str, path: str, **options: Any) -> Answered:
        started = time.perf_counter()
        try:
            response = await self._http.request(
                method, f"{self.target.url.rstrip('/')}{path}", timeout=LONGEST_CALL, follow_redirects=False, **options
            )
        except httpx2.TimeoutException:
            return Answered(status=0, body=b"", faults=(f"{method} was not answered within {LONGEST_CALL:g} s",))
        except httpx2.HTTPError as error:
            return Answered(status=0, body=b"", faults=(f"{method} failed: {type(error).__name__}",))
        faults = []
        seconds = time.perf_counter() - started
        if seconds > self.target.answer_seconds:
            limit = self.target.answer_seconds
            faults.append(f"{method} was answered after {seconds:.1f} s; settlement waits {limit:g} s")
        if len(response.content) > LARGEST_ANSWER:
            faults.append(f"the answer to {method} is longer than {LARGEST_ANSWER} bytes")
        return Answered(status=response.status_code, body=response.content, faults=tuple(faults))
