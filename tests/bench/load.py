"""A small HTTP/1.1 load generator: keep-alive connections, prepared requests, as little work as possible per answer."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

Prepare = Callable[[int], bytes]
_SUCCESS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came back, and the seconds from the first byte sent to the last one received."""

    status: int
    seconds: float
    head: bytes
    body: bytes


def request_bytes(url: str, *, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A POST as it goes over the wire; without a body a GET."""
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    lines = [f"{'POST' if body else 'GET'} {target} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class UnexpectedAnswer(Exception):
    """A refusal came back, so the figure would be about refusals."""


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> Answered:
    """Send one request over a connection that is kept, and read the whole answer."""
    began = time.perf_counter()
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
    body = await reader.readexactly(length)
    return Answered(status=int(head[9:12]), seconds=time.perf_counter() - began, head=head, body=body)


async def throughput(url: str, *, prepare: Prepare, connections: int, seconds: float) -> float:
    """Answers per second over `connections` for `seconds`; every answer must be a 2xx."""
    parts = urlsplit(url)
    counter = iter(range(10**9))
    done = 0
    end = time.perf_counter() + seconds

    async def one_connection() -> None:
        nonlocal done
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            while time.perf_counter() < end:
                answered = await exchange(reader, writer, prepare(next(counter)))
                if answered.status // 100 != _SUCCESS:
                    raise UnexpectedAnswer(answered.head[:80] + answered.body[:400])
                done += 1
        finally:
            writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one_connection() for _ in range(connections)))
    return done / (time.perf_counter() - began)
