"""The proxies of the chaos suite do what a fault says: pass on, hold back, pass nothing, break off."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.chaos.suite.proxies import Proxy, proxies

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1000):
        writer.write(data)
    writer.close()


@asynccontextmanager
async def before_an_echo() -> AsyncIterator[Proxy]:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with proxies({"echo": lambda: port}) as made:
        yield made["echo"]
    server.close()


@asynccontextmanager
async def connected(proxy: Proxy) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    yield reader, writer
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def said(streams: Streams, text: bytes) -> bytes:
    reader, writer = streams
    writer.write(text)
    return await reader.readexactly(len(text))


async def test_what_is_sent_comes_back() -> None:
    async with before_an_echo() as proxy, connected(proxy) as streams:
        assert await said(streams, b"hello") == b"hello"


async def test_a_slow_one_holds_each_way_back() -> None:
    async with before_an_echo() as proxy, connected(proxy) as streams:
        proxy.slow(0.2)
        began = time.monotonic()
        assert await said(streams, b"hello") == b"hello"
        assert time.monotonic() - began >= 0.4


async def test_a_frozen_one_passes_on_when_it_is_mended() -> None:
    async with before_an_echo() as proxy, connected(proxy) as streams:
        assert await said(streams, b"before") == b"before"
        proxy.freeze()
        answer = asyncio.create_task(said(streams, b"hello"))
        done, _ = await asyncio.wait({answer}, timeout=0.3)
        assert not done
        proxy.mend()
        assert await answer == b"hello"


async def test_a_cut_one_breaks_off_and_takes_connections_again_when_it_is_mended() -> None:
    async with before_an_echo() as proxy, connected(proxy) as streams:
        assert await said(streams, b"before") == b"before"
        proxy.cut()
        with pytest.raises((OSError, asyncio.IncompleteReadError)):
            await said(streams, b"hello")
        async with connected(proxy) as another:
            with pytest.raises((OSError, asyncio.IncompleteReadError)):
                await said(another, b"hello")
        proxy.mend()
        async with connected(proxy) as another:
            assert await said(another, b"after") == b"after"
