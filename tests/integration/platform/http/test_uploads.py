"""Bodies that arrive slowly or not at all: they hold no place, they end, and they are shared out over organisations."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import orjson
import pytest

from tests.integration.platform.http.test_serve import process, until_live

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def service(toy: Any, **environment: str) -> AsyncIterator[tuple[httpx2.AsyncClient, str]]:
    async with process(toy, **environment) as (running, url), httpx2.AsyncClient(timeout=10) as client:
        await until_live(client, url, running)
        yield client, url


async def begin(url: str, headers: dict[str, str], *, length: int = 1000, sent: bytes = b"") -> Stream:
    """A POST whose body has been promised and of which only `sent` has come."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = {"Host": host, "Content-Length": str(length)} | headers
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"POST /v1/notes HTTP/1.1\r\n{head}\r\n".encode() + sent)
    await writer.drain()
    return reader, writer


async def answers(streams: Sequence[Stream]) -> list[tuple[int, str]]:
    """Status and code of each; (0, "") for one that has none yet."""
    found = []
    for reader, _ in streams:
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 0.05)
        except TimeoutError:
            found.append((0, ""))
            continue
        length = int(head.lower().partition(b"content-length: ")[2].split()[0])
        found.append((int(head.split()[1]), str(orjson.loads(await reader.readexactly(length))["code"])))
    return found


def close(streams: Sequence[Stream]) -> None:
    for _, writer in streams:
        writer.close()


async def test_idle_uploads_of_one_organisation_stop_no_other(toy: Any) -> None:
    async with service(toy, REDRESS_REQUESTS_AT_ONCE="8") as (client, url):
        idle = [await begin(url, toy.headers(key=f"k{number}")) for number in range(40)]
        other = toy.headers(key="k", org=toy.simulated_org)
        response = await client.post(f"{url}/v1/notes", content=b'{"text":"n"}', headers=other)
        assert response.status_code == 201
        own = await client.post(f"{url}/v1/notes", content=b'{"text":"n"}', headers=toy.headers(key="own"))
        assert own.status_code == 201
        close(idle)


async def test_one_organisation_has_a_quarter_of_the_uploads(toy: Any) -> None:
    async with service(toy, REDRESS_MAX_UPLOADS="16") as (_, url):
        idle = [await begin(url, toy.headers(key=f"k{number}"), sent=b"{") for number in range(6)]
        await asyncio.sleep(0.2)
        assert sorted(await answers(idle)) == [(0, "")] * 4 + [(429, "too_many_uploads")] * 2
        more = [await begin(url, toy.headers(key="k", org=toy.simulated_org), sent=b"{")]
        assert await answers(more) == [(0, "")]
        close([*idle, *more])


async def test_what_uploads_hold_is_shared_out_too(toy: Any) -> None:
    async with service(toy, REDRESS_MAX_UPLOAD_BYTES="4096", REDRESS_MAX_BODY_BYTES="1024") as (_, url):
        idle = [await begin(url, toy.headers(key=f"k{n}"), length=1024, sent=b" " * 600) for n in range(2)]
        await asyncio.sleep(0.2)
        assert sorted(await answers(idle)) == [(0, ""), (429, "too_many_uploads")]
        close(idle)
        await asyncio.sleep(0.2)
        again = [await begin(url, toy.headers(key="k2"), length=1024, sent=b" " * 600)]
        assert await answers(again) == [(0, "")]
        close(again)


async def test_a_body_that_does_not_come_is_408_and_the_connection_ends(toy: Any) -> None:
    async with service(toy, REDRESS_BODY_SECONDS="0.5") as (_, url):
        reader, writer = await begin(url, toy.headers(key="k"), sent=b'{"te')
        answer = await asyncio.wait_for(reader.read(), 10)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b'"code":"body_too_slow"' in answer
        assert b'"bytes_per_second":32768' in answer
        writer.close()


async def test_a_body_below_the_least_rate_ends_although_it_never_stops(toy: Any) -> None:
    async with service(toy, REDRESS_BODY_SECONDS="0.5", REDRESS_BODY_BYTES_PER_SECOND="1024") as (_, url):
        began = time.monotonic()
        reader, writer = await begin(url, toy.headers(key="k"), length=100_000)
        # Only the head: what is written after the server has closed may reset the connection.
        answer = asyncio.create_task(reader.readuntil(b"\r\n\r\n"))
        while not answer.done():
            writer.write(b" " * 20)
            await asyncio.sleep(0.05)
        assert answer.result().startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - began < 5
        writer.close()


async def test_a_body_above_the_least_rate_may_take_longer(toy: Any) -> None:
    async with service(toy, REDRESS_BODY_SECONDS="0.5", REDRESS_BODY_BYTES_PER_SECOND="1024") as (_, url):
        body = b'{"text":"n"' + b" " * 4000 + b"}"
        reader, writer = await begin(url, toy.headers(key="k") | {"Connection": "close"}, length=len(body))
        for start in range(0, len(body), 500):
            writer.write(body[start : start + 500])
            await asyncio.sleep(0.1)
        assert (await asyncio.wait_for(reader.read(), 10)).startswith(b"HTTP/1.1 201 ")
        writer.close()


@pytest.mark.parametrize("status", [401, 404])
async def test_the_rest_of_a_refused_request_is_not_awaited_for_ever(toy: Any, status: int) -> None:
    async with service(toy) as (_, url):
        headers = {} if status == 401 else toy.headers(key="k")
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        path = "/v1/notes" if status == 401 else "/v1/none"
        lines = {"Host": host, "Content-Length": "1000"} | headers
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(f"POST {path} HTTP/1.1\r\n{head}\r\n".encode())
        answer = await asyncio.wait_for(reader.read(), 15)
        assert answer.startswith(f"HTTP/1.1 {status} ".encode())
        writer.close()
