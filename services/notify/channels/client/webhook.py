"""Calls webhook endpoints, and nothing else, over connections to judged addresses.

No redirects, no proxies, no cookies; 15 s in all, 64 KiB of answer at most. Nothing is raised: whatever
goes wrong is an `Outcome`. Once a connection was made, silence means `unknown`: the endpoint may have taken the event.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from typing import Final

import httpcore2

from services.notify.channels.rules.outcomes import http_outcome, retry_after
from services.notify.messages.rules import Outcome, Verdict
from shared.kernel.clock import SystemClock
from shared.platform.outbound.addresses import UrlRefused, judged_url
from shared.platform.outbound.network import AddressRefused, JudgedNetwork, Resolve, resolve

TIMEOUT_SECONDS: Final = 15.0
FINISH_SECONDS: Final = 1.0
LARGEST_ANSWER: Final = 64 * 1024
_USER_AGENT: Final = "Redress-Webhooks/1"
_CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"


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
        except UrlRefused:
            return Outcome(verdict=Verdict.PERMANENT, code=None, reason="url_refused")
        except AddressRefused:
            return Outcome(verdict=Verdict.PERMANENT, code=None, reason="address_refused")
        except httpcore2.ConnectError:
            return Outcome(verdict=Verdict.TEMPORARY, code=None, reason="connection_failed")
        except (TimeoutError, httpcore2.TimeoutException):
            return Outcome(verdict=Verdict.UNKNOWN, code=None, reason="timed_out")
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError):
            return Outcome(verdict=Verdict.UNKNOWN, code=None, reason="connection_lost")

    async def close(self) -> None:
        """Close all connections."""
        await self._pool.aclose()

    async def _post(self, url: str, *, body: bytes, headers: Mapping[str, str]) -> Outcome:
        sent = {**headers, "content-type": _CONTENT_TYPE, "user-agent": _USER_AGENT, "accept": "*/*"}
        async with self._pool.stream("POST", url, headers=list(sent.items()), content=body) as response:
            answered = {name.lower(): value for name, value in response.headers}
            asked, date = _text(answered.get(b"retry-after")), _text(answered.get(b"date"))
            wait = retry_after(asked, now=SystemClock().now(), date=date)
            outcome = http_outcome(response.status, retry_after=wait)
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
