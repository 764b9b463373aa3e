"""uvicorn's HTTP protocol with bounds on what precedes a body: httptools itself takes heads of any length, for ever.

Nobody has shown a token yet when a head comes in, so neither its bytes nor its time may be the client's to choose.
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.kernel.errors import Invalid
from shared.platform.http.problems import MEDIA_TYPE, problem

MOST_HEAD_BYTES: Final = 64 * 1024
HEAD_SECONDS: Final = 10.0


class HeadTooLarge(ValueError):
    """Request line and headers are longer than we take; answered with 400."""


class BoundedProtocol(HttpToolsProtocol):
    """Request line and headers: at most 64 KiB, complete within ten seconds of their first byte."""

    _in_head = True
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Whoever connects has to ask for something soon."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._head_arrived()
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
        """The head is here; one that came in a single piece is measured now."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > MOST_HEAD_BYTES:
            raise HeadTooLarge
        self._head_arrived()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """What comes next is the head of another request."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """A problem like every other refusal, although nothing of the request can be used."""
        body = bytes(problem(Invalid(detail=msg)).body)
        fields = {"content-type": MEDIA_TYPE, "content-length": str(len(body)), "connection": "close"}
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

    def _head_is_late(self) -> None:
        self._head_timer = None
        if self.cycle is not None and not self.cycle.response_complete:
            self._expect_head()  # an answer is on its way; the pipelined request after it is looked at again
        else:
            self.transport.close()
