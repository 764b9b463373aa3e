"""A TCP port before that of a server: what passes can be delayed, held back or cut off.

The proxies run on a loop of their own in a thread of their own, because servers are started and awaited through them.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, cast

import uvloop

_START_SECONDS: Final = 10.0


class Proxy:
    """One port of 127.0.0.1 before another one.

    What is told holds when the call returns. To be called from threads other than that of the proxies.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, upstream: Callable[[], int]) -> None:
        self._upstream = upstream
        self.port = 0
        self.loop = loop
        self.delay = 0.0
        self.flows = True
        self.is_cut = False
        self.ends: set[_End] = set()
        self._server: asyncio.Server | None = None

    def slow(self, seconds: float) -> None:
        """Hold every chunk back for so long, in both directions."""
        self._set(seconds, False, True)

    def freeze(self) -> None:
        """Accept connections and bytes, and pass nothing on."""
        self._set(0.0, False, False)

    def cut(self) -> None:
        """Break all connections off, and each further one as soon as it is made."""
        self._set(0.0, True, True)

    def mend(self) -> None:
        """Pass everything on at once."""
        self._set(0.0, False, True)

    async def listen(self) -> None:
        """Take a port of the system's choice."""
        self._server = await self.loop.create_server(lambda: _Client(self), "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Give the port up and break all connections off."""
        if self._server is not None:
            self._server.close()
        self._abort()

    async def connect(self, end: "_End") -> None:
        """Connect an end to the server. Raises OSError."""
        await self.loop.create_connection(lambda: end, "127.0.0.1", self._upstream())

    def _set(self, delay: float, is_cut: bool, flows: bool) -> None:
        _run(self.loop, self._put(delay, is_cut, flows))

    async def _put(self, delay: float, is_cut: bool, flows: bool) -> None:
        self.delay, self.is_cut, self.flows = delay, is_cut, flows
        if is_cut:
            self._abort()
        for end in list(self.ends):
            end.release()

    def _abort(self) -> None:
        for end in list(self.ends):
            end.transport.abort()


class _End(asyncio.Protocol):
    """One end of a connection. What arrives here goes out at the `other`, and nothing more is read while it is held.

    Either end closes both: none of the protocols here goes on over a half-closed connection.
    """

    transport: asyncio.Transport

    def __init__(self, proxy: Proxy, other: "_End | None" = None) -> None:
        self._proxy = proxy
        self._held: list[bytes] = []
        self.other = other

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._proxy.ends.add(self)

    def data_received(self, data: bytes) -> None:
        if self.other and self._proxy.flows and not self._proxy.delay and not self._held:
            self.other.transport.write(data)
            return
        self._held.append(data)
        if len(self._held) == 1:
            self.transport.pause_reading()
            self._proxy.loop.call_later(self._proxy.delay, self.release)

    def release(self) -> None:
        """Pass on what is held, unless nothing may pass."""
        if not self._held or not self.other or not self._proxy.flows:
            return
        self.other.transport.writelines(self._held)
        self._held.clear()
        self.transport.resume_reading()

    def pause_writing(self) -> None:
        if self.other:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other and not self.other._held:
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._proxy.ends.discard(self)
        if self.other:
            self.other.transport.close()


class _Client(_End):
    """The end of the one that connects; what it says is held until the server has answered."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self._proxy.is_cut:
            self.transport.abort()
        else:
            self._connecting = self._proxy.loop.create_task(self._connect())

    async def _connect(self) -> None:
        server = _End(self._proxy, self)
        try:
            await self._proxy.connect(server)
        except OSError:
            self.transport.abort()
            return
        self.other = server
        if self.transport.is_closing():
            server.transport.abort()
        else:
            self._proxy.loop.call_later(self._proxy.delay, self.release)


@contextmanager
def proxies(upstreams: Mapping[str, Callable[[], int]]) -> Iterator[dict[str, Proxy]]:
    """A proxy for each name, each with a port of its own, until the block ends.

    `upstreams` say the port that a connection goes on to; they are asked for each connection.
    """
    loop = uvloop.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="proxies", daemon=True)
    thread.start()
    made = {name: Proxy(loop, upstream) for name, upstream in upstreams.items()}
    try:
        for proxy in made.values():
            _run(loop, proxy.listen())
        yield made
    finally:
        for proxy in made.values():
            _run(loop, proxy.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_START_SECONDS)
        loop.close()


def _run(loop: asyncio.AbstractEventLoop, work: Coroutine[None, None, None]) -> None:
    asyncio.run_coroutine_threadsafe(work, loop).result(_START_SECONDS)
