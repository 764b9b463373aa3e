"""uvicorn's HTTP protocol with limits for the head of a request, in bytes and in time, and for what follows an answer.

httptools limits neither, and uvicorn limits the time between requests only (ADR 0020). A head arrives before a token
is verified, so an unauthenticated client could hold memory and connections. The scope says whether the whole body has
arrived (`ARRIVED`); one that was answered before it arrived has five seconds more, and is not kept.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.kernel.errors import Invalid
from shared.platform.http.body_limit import ARRIVED
from shared.platform.http.middleware import ALWAYS, GONE
from shared.platform.http.problems import MEDIA_TYPE, problem

MOST_HEAD_BYTES: Final = 64 * 1024
HEAD_SECONDS: Final = 10.0
LINGER_SECONDS: Final = 5.0


class HeadTooLarge(ValueError):
    """Request line and headers exceed `MOST_HEAD_BYTES`. 400."""


class BoundedProtocol(HttpToolsProtocol):
    """Request line and headers: at most 64 KiB, complete within ten seconds of their first byte."""

    _in_head = True
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None
    _linger_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the time limit of the first head."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the time limits; a request that waits for its place is not begun any more."""
        self._head_arrived()
        self._stop_lingering()
        if self.cycle is not None:
            self.cycle.scope[GONE] = True  # type: ignore[typeddict-unknown-key]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes in until the headers are complete."""
        if self._in_head:
            self._head_bytes += len(data)
            self._expect_head()
        super().data_received(data)
        if self._in_head and self._head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The request's head is too large.")

    def on_headers_complete(self) -> None:
        """The head is complete; a head that arrived in one piece is measured here."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > MOST_HEAD_BYTES:
            raise HeadTooLarge
        self._head_arrived()
        self.scope[ARRIVED] = False  # type: ignore[typeddict-unknown-key]
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next bytes are the head of another request."""
        self.scope[ARRIVED] = True  # type: ignore[typeddict-unknown-key]
        self._stop_lingering()
        self._in_head, self._head_bytes = True, 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Close the connection when the rest of an answered request does not come soon."""
        super().on_response_complete()
        answered = self.cycle is not None and self.cycle.response_complete
        if answered and not self._in_head and self._linger_timer is None:
            self._linger_timer = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def send_400_response(self, msg: str) -> None:
        """Answer 400 as problem JSON and close the connection."""
        body = bytes(problem(Invalid(detail=msg)).body)
        fields = {"content-type": MEDIA_TYPE, "content-length": str(len(body)), "connection": "close"}
        fields |= {name.decode(): value.decode() for name, value in ALWAYS}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.transport.write(f"HTTP/1.1 400 Bad Request\r\n{head}\r\n".encode("ascii") + body)
        self.transport.close()

    def _expect_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self._head_is_late)

    def _head_arrived(self) -> None:
        self._in_head = False
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _stop_lingering(self) -> None:
        if self._linger_timer is not None:
            self._linger_timer.cancel()
            self._linger_timer = None

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self.cycle is not None and not self.cycle.response_complete:
            self._expect_head()  # an answer is being sent; the pipelined request after it is checked again
        else:
            self.transport.close()
