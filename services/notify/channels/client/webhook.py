"""Calls webhook endpoints, and nothing else: the name is resolved once, every address is judged, and the
connection goes to an address that was judged (host name kept for TLS and the Host header).

No redirects, no proxies, no cookies; 15 s in all, 64 KiB of answer at most. Nothing is raised: whatever
goes wrong is an `Outcome`.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final

import httpcore2

from services.notify.channels.rules.outcomes import http_outcome, retry_after
from services.notify.messages.rules import Outcome, Verdict
from services.notify.webhooks.rules.errors import WebhookUrlRefused
from services.notify.webhooks.rules.webhook_addresses import is_reachable, judged_url

TIMEOUT_SECONDS: Final = 15.0
FINISH_SECONDS: Final = 1.0
LARGEST_ANSWER: Final = 64 * 1024
_USER_AGENT: Final = "Redress-Webhooks/1"
_CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"

Resolve = Callable[[str, int], Awaitable[list[str]]]


class AddressRefused(Exception):
    """The name leads to an address that webhooks may not reach; no connection was made."""


async def resolve(host: str, port: int) -> list[str]:
    """All addresses of `host`, in the order to be tried."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class JudgedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects by TCP to judged addresses only."""

    def __init__(self, *, allow_loopback: bool, resolve: Resolve = resolve) -> None:
        self._allow_loopback = allow_loopback
        self._resolve = resolve
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the interface of the library)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A stream to the first address that answers. Raises AddressRefused when one of them may not be reached."""
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:  # UnicodeError: a label that IDNA refuses
            raise httpcore2.ConnectError(f"{host} has no address") from error
        if not addresses or not all(is_reachable(each, allow_loopback=self._allow_loopback) for each in addresses):
            raise AddressRefused(host)
        for address in addresses[:-1]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        """Wait between connection attempts."""
        await asyncio.sleep(seconds)


class WebhookCaller:
    """Posts signed events."""

    def __init__(
        self,
        *,
        allow_loopback: bool,
        resolve: Resolve = resolve,
        ssl_context: ssl.SSLContext | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._allow_loopback = allow_loopback
        self._timeout = timeout_seconds
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl_context or ssl.create_default_context(),
            max_connections=128,
            max_keepalive_connections=32,
            keepalive_expiry=30.0,
            network_backend=JudgedNetwork(allow_loopback=allow_loopback, resolve=resolve),
        )

    async def post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """One attempt: what the endpoint answered, or why it was not reached."""
        try:
            judged_url(url, allow_loopback=self._allow_loopback)
            async with asyncio.timeout(self._timeout):
                return await self._post(url, body=body, headers=headers)
        except WebhookUrlRefused:
            return Outcome(verdict=Verdict.PERMANENT, code=None, reason="url_refused")
        except AddressRefused:
            return Outcome(verdict=Verdict.PERMANENT, code=None, reason="address_refused")
        except (TimeoutError, httpcore2.TimeoutException):
            return Outcome(verdict=Verdict.TEMPORARY, code=None, reason="timed_out")
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError):
            return Outcome(verdict=Verdict.TEMPORARY, code=None, reason="connection_failed")

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    async def _post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Outcome:
        sent = {**headers, "content-type": _CONTENT_TYPE, "user-agent": _USER_AGENT, "accept": "*/*"}
        async with self._pool.stream("POST", url, headers=list(sent.items()), content=body) as response:
            answered = {name.lower(): value for name, value in response.headers}
            outcome = http_outcome(response.status, retry_after=retry_after(_text(answered.get(b"retry-after"))))
            await self._finish(response)
            return outcome

    async def _finish(self, response: httpcore2.Response) -> None:
        """Read a short answer to its end, so that the connection can be used again; leave a long or slow one.

        The status was the answer; what follows it cannot change the outcome.
        """
        read = 0
        failures = (TimeoutError, httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException)
        with contextlib.suppress(*failures):
            async with asyncio.timeout(FINISH_SECONDS):
                async for chunk in response.aiter_stream():
                    read += len(chunk)
                    if read > LARGEST_ANSWER:
                        return


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
