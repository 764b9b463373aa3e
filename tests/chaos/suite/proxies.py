"""A TCP port before that of a server: what passes can be delayed, held back or cut off.

The proxies run on a loop of their own in a thread of their own, because servers are started and awaited through them.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import uvloop

_CHUNK: Final = 64 * 1024
_START_SECONDS: Final = 10.0


class Proxy:
    """One port of 127.0.0.1 before another one. Its methods may be called from any thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, upstream: Callable[[], int]) -> None:
        self._upstream = upstream
        self.port = 0
        self._loop = loop
        self._delay = 0.0
        self._is_cut = False
        self._flows = asyncio.Event()
        self._flows.set()
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    def slow(self, seconds: float) -> None:
        """Hold every chunk back for so long, in both directions."""
        self._loop.call_soon_threadsafe(self._set, seconds, False, True)

    def freeze(self) -> None:
        """Accept connections and bytes, and pass nothing on."""
        self._loop.call_soon_threadsafe(self._set, 0.0, False, False)

    def cut(self) -> None:
        """Break all connections off, and each further one as soon as it is made."""
        self._loop.call_soon_threadsafe(self._set, 0.0, True, True)

    def mend(self) -> None:
        """Pass everything on at once."""
        self._loop.call_soon_threadsafe(self._set, 0.0, False, True)

    async def listen(self) -> None:
        """Take a port of the system's choice."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Give the port up and break all connections off."""
        if self._server is not None:
            self._server.close()
        self._abort()

    def _set(self, delay: float, is_cut: bool, flows: bool) -> None:
        self._delay, self._is_cut = delay, is_cut
        (self._flows.set if flows else self._flows.clear)()
        if is_cut:
            self._abort()

    def _abort(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", self._upstream())
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, upstream_writer}
        ways = (self._pump(reader, upstream_writer), self._pump(upstream_reader, writer))
        tasks = [asyncio.ensure_future(way) for way in ways]
        try:
            # Either end closes both: none of the protocols here goes on over a half-closed connection.
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            self._open -= {writer, upstream_writer}
            for each in (writer, upstream_writer):
                each.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._flows.wait()
                if self._delay:
                    await asyncio.sleep(self._delay)
                writer.write(data)
                await writer.drain()


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
