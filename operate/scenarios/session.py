"""One scenario's connection to the stack: addresses, tokens, one organisation of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import httpx2

from operate.errors import OperatorError
from operate.scenarios.values import instant_in
from operate.token_commands import USUAL_SCOPES
from shared.contracts.catalogue import SERVICES as SERVICES
from shared.kernel.money import Money, exponent, rounded
from shared.platform.http.idempotency import REPLAYED
from shared.platform.observability.context import new_traceparent
from shared.platform.position import HEADER, LONGEST_HEADER

NOT_CAUGHT_UP = "not_caught_up"
MOST_REPETITIONS = 20

OPERATOR_SCOPES = f"admin changes:read policy:write operations:read organisation:read {USUAL_SCOPES}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """The claims of a development token."""

    organisation: str
    subject: str
    roles: tuple[str, ...]
    scope: str
    customer_ref: str = ""
    """Of a token of a customer."""
    machine: str = ""
    """The machine that acts for the subject, or the subject itself."""


TokenIssuer = Callable[[TokenRequest], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Addresses of a running stack."""

    services: Mapping[str, str]
    mail_sink: str
    webhook_sink: str
    erp: str
    issue_token: TokenIssuer
    all_read: Callable[[], Awaitable[None]]
    """Returns when every consumer has read what the topics hold at the call."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: status, parsed body (None when there is none), headers."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def refused(self) -> bool:
        """True for every 4xx and 5xx."""
        return self.status >= 400  # noqa: PLR2004


async def caught_up(send: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer to a request that is repeated, as `Retry-After` says, while its service has not caught up; bounded."""
    answer = await send()
    for _ in range(MOST_REPETITIONS):
        if not answer.refused or not isinstance(answer.body, Mapping) or answer.body.get("code") != NOT_CAUGHT_UP:
            break
        await asyncio.sleep(float(answer.headers["retry-after"]))
        answer = await send()
    return answer


class UnexpectedAnswer(OperatorError):
    """The stack gave an answer after which the scenario cannot continue."""


class NoAnswer(OperatorError):
    """A part of the stack does not answer."""

    def __init__(self, name: str, url: str, error: Exception) -> None:
        super().__init__(
            f"{name} does not answer at {url}: {error or type(error).__name__}",
            hint=f"`make up` starts what is missing; `make logs NAME={name}` shows why it ended.",
        )


class AmountTooFine(OperatorError):
    """An amount has more digits after the point than its currency."""

    def __init__(self, amount: str, currency: str) -> None:
        super().__init__(f"{amount} is no amount of {currency}, which has {exponent(currency)} digits after the point")


@dataclass(slots=True)
class Positions:
    """The positions that no later answer includes: one, or as many as there were requests side by side."""

    _open: dict[str, None] = field(default_factory=dict)

    def to_send(self) -> list[str]:
        """The newest that fit into a request's header."""
        newest: list[str] = []
        room = LONGEST_HEADER
        for position in reversed(self._open):
            room -= len(position) + len(", ")
            if room < 0:
                break
            newest.append(position)
        return newest[::-1]

    def learn(self, headers: Mapping[str, str], *, sent: Sequence[str]) -> None:
        """Remember an answer's position, which includes those that its request carried, unless it is a repetition."""
        position = headers.get(HEADER)
        if position is None:
            return
        for included in () if REPLAYED in headers else sent:
            self._open.pop(included, None)
        self._open[position] = None


@dataclass(slots=True)
class Session:
    """An organisation on a stack, and tokens for the people who act in it."""

    stack: Stack
    http: httpx2.AsyncClient
    organisation: str
    zone: ZoneInfo
    currency: str = "CNY"
    foreign_organisation: str = ""
    positions: Positions = field(default_factory=Positions)
    traceparent: str = field(default_factory=new_traceparent)
    """The trace that all its calls belong to."""
    _tokens: dict[TokenRequest, str] = field(default_factory=dict)

    def token(self, request: TokenRequest) -> str:
        """A bearer token, issued once per request."""
        if request not in self._tokens:
            self._tokens[request] = self.stack.issue_token(request)
        return self._tokens[request]

    def operator_token(self) -> str:
        """The operator's token of this organisation."""
        return self.token(
            TokenRequest(organisation=self.organisation, subject="operator", roles=(), scope=OPERATOR_SCOPES)
        )

    async def call(self, service: str, method: str, path: str, *, token: str, **options: Any) -> Answer:
        """One HTTP call with the positions of those before it; `options` are httpx's (json, headers, files, data)."""
        sent = self.positions.to_send()
        headers = {"Authorization": f"Bearer {token}", HEADER: ", ".join(sent), "traceparent": self.traceparent}
        headers |= options.pop("headers", {})
        url = f"{self.stack.services[service]}{path}"
        try:
            answer = _answer(await self.http.request(method, url, headers=headers, timeout=30, **options))
        except httpx2.TransportError as error:
            raise NoAnswer(service, url, error) from None
        self.positions.learn(answer.headers, sent=sent)
        return answer

    async def operate(self, service: str, method: str, path: str, **options: Any) -> Any:
        """A call that must succeed, as the operator; returns the body. Raises UnexpectedAnswer."""
        answer = await caught_up(lambda: self.call(service, method, path, token=self.operator_token(), **options))
        if answer.refused:
            raise UnexpectedAnswer(f"{method} {service}{path} answered {answer.status}: {answer.body}")
        return answer.body

    async def items(self, service: str, path: str) -> list[Mapping[str, Any]]:
        """Every item of a list, page after page, as the operator."""
        found: list[Mapping[str, Any]] = []
        after: str | None = ""
        while after is not None:
            page = await self.operate(service, "GET", path, params={"after": after} if after else {})
            found += page["items"]
            after = page.get("next")
        return found

    async def sink(self, url: str, **options: Any) -> Any:
        """GET or POST (with `json`) one of the sinks."""
        method = "POST" if "json" in options else "GET"
        try:
            response = await self.http.request(method, url, timeout=30, **options)
        except httpx2.TransportError as error:
            raise NoAnswer("the sink", url, error) from None
        response.raise_for_status()
        return response.json() if response.content else None

    async def set_webhook_secret(self, secret: str) -> None:
        """Give the sink the secret with which it verifies this organisation's deliveries."""
        url = f"{self.stack.webhook_sink}/secrets/{self.organisation}"
        response = await self.http.put(url, content=secret)
        response.raise_for_status()

    async def set_erp_credentials(self, organisation: str, credentials: Mapping[str, str]) -> None:
        """Have the ERP simulator know an organisation."""
        response = await self.http.put(f"{self.stack.erp}/credentials/{organisation}", json=dict(credentials))
        response.raise_for_status()

    def money(self, amount: str) -> Money:
        """An amount of the file, in the pack's currency. Raises AmountTooFine."""
        exact = Decimal(amount.replace(",", ""))
        money = rounded(exact, currency=self.currency)
        if money.decimal() != exact:
            raise AmountTooFine(amount, self.currency)
        return money

    def instant(self, text: str) -> datetime:
        """A scenario's instant, aware."""
        return instant_in(self.zone, text)

    def local(self, moment: datetime | str | None) -> str:
        """An instant as people of the pack's zone write it: `2026-10-10T17:00`."""
        if moment is None:
            return "-"
        instant = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        there = instant.astimezone(self.zone)
        return there.strftime("%Y-%m-%dT%H:%M:%S" if there.second else "%Y-%m-%dT%H:%M")


def _answer(response: httpx2.Response) -> Answer:
    is_json = "json" in response.headers.get("content-type", "")
    body = response.json() if is_json and response.content else (response.text or None)
    return Answer(response.status_code, body, response.headers)
