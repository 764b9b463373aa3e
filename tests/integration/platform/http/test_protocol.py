"""What precedes a body is bounded in bytes and in time, before a token is read."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import orjson
import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.platform.http.admission import Admission
from shared.platform.http.body_limit import BodyLimits
from shared.platform.http.middleware import Edge
from shared.platform.http.protocol import HEAD_SECONDS, MOST_HEAD_BYTES, BoundedProtocol
from shared.platform.http.rates import Rates
from shared.platform.observability.metrics import HTTP_WAITING
from tests.support.eventually import eventually
from tests.support.samples import values

LINE = b"GET /health HTTP/1.1\r\nhost: x\r\n"


async def hello(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[int]:
    """The port of a server on a socket of the system's choice."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=BoundedProtocol, lifespan="off", log_config=None))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await task


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with serving(hello) as found:
        yield found


async def talk(port: int, *pieces: bytes) -> bytes:
    """Everything that is answered until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), HEAD_SECONDS + 20)
    except ConnectionError:
        return b""
    finally:
        writer.close()


def is_problem(answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    return (
        head.startswith(b"HTTP/1.1 400 ")
        and b"content-type: application/problem+json" in head
        and orjson.loads(body)["code"] == "invalid"
    )


async def test_a_head_that_fits_is_taken_and_the_next_one_too(port: int) -> None:
    filler = b"x-a: " + b"a" * (MOST_HEAD_BYTES - 200) + b"\r\n"
    answer = await talk(port, LINE + filler + b"\r\n", LINE + filler + b"connection: close\r\n\r\n")

    assert answer.count(b"200 OK") == 2


@pytest.mark.parametrize(
    "pieces",
    [
        [LINE + b"x-a: " + b"a" * MOST_HEAD_BYTES + b"\r\n\r\n"],
        [LINE + b"x-a: ", *[b"a" * 65_536] * 40],
        [LINE, *[b"x-a: a\r\n" * 4096] * 40],
        [b"GET /", *[b"a" * 65_536] * 40],
    ],
    ids=["one piece", "one endless value", "endless headers", "endless path"],
)
async def test_a_head_that_is_too_large_is_refused_and_cut_off(port: int, pieces: list[bytes]) -> None:
    answer = await talk(port, *pieces)

    assert answer == b"" or is_problem(answer)  # the connection may be reset while we were still sending


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\x02\x00\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n"]
)
async def test_what_is_no_request_is_a_problem(port: int, garbage: bytes) -> None:
    assert is_problem(await talk(port, garbage))


async def test_a_head_that_never_ends_is_hung_up_on(port: int) -> None:
    started = asyncio.get_running_loop().time()

    silent, slow, later = await asyncio.gather(talk(port), talk(port, LINE), talk(port, LINE + b"\r\n", b"\r\n\r\n"))

    assert (silent, slow) == (b"", b"")
    assert b"200 OK" in later
    assert HEAD_SECONDS - 1 < asyncio.get_running_loop().time() - started < HEAD_SECONDS + 10


async def test_an_answer_on_its_way_is_not_cut_by_what_follows(port: int) -> None:
    answer = await talk(port, LINE + b"\r\n" + LINE)

    assert answer.count(b"200 OK") == 1


async def until(seen: Callable[[], bool]) -> None:
    async def looked() -> bool:
        return seen()

    await eventually(looked)


async def test_a_request_whose_client_has_gone_before_its_turn_is_not_begun() -> None:
    begun: list[str] = []
    go = asyncio.Event()
    waiting = values(HTTP_WAITING)[()]

    async def one_at_a_time(scope: Scope, receive: Receive, send: Send) -> None:
        begun.append(scope["path"])
        await go.wait()
        await hello(scope, receive, send)

    admission = Admission(limit=1, max_waiting=8, wait_seconds=60, newest_first_after=60)
    limits = BodyLimits(max_bytes=1, seconds=1, bytes_per_second=1, most_at_once=4, most_bytes=4)
    rates = Rates(window=60, per_caller=0, per_organisation=0, per_peer=0)
    async with serving(Edge(one_at_a_time, admission=admission, bodies=limits, rates=rates)) as port:
        first = asyncio.create_task(talk(port, b"GET /first HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
        await until(lambda: begun == ["/first"])
        _, gone = await asyncio.open_connection("127.0.0.1", port)
        gone.write(b"GET /gone HTTP/1.1\r\nhost: x\r\n\r\n")
        await until(lambda: values(HTTP_WAITING)[()] == waiting + 1)
        gone.close()
        await gone.wait_closed()
        last = asyncio.create_task(talk(port, b"GET /last HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
        await until(lambda: values(HTTP_WAITING)[()] == waiting + 2)
        go.set()
        assert b"200 OK" in await first
        assert b"200 OK" in await last
    assert begun == ["/first", "/last"]
