"""A small HTTP/1.1 load generator: keep-alive connections, prepared requests, as little work as possible per answer."""

import asyncio
import time
from collections.abc import Callable
from urllib.parse import urlsplit

Prepare = Callable[[int], bytes]


def request_bytes(url: str, *, headers: dict[str, str], body: bytes) -> bytes:
    """A POST as it goes over the wire."""
    parts = urlsplit(url)
    lines = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class UnexpectedAnswer(Exception):
    """Something else than 201 came back, so the figure would be about refusals."""


async def throughput(url: str, *, prepare: Prepare, connections: int, seconds: float) -> float:
    """Answers per second over `connections` for `seconds`; every answer must be a 201."""
    parts = urlsplit(url)
    counter = iter(range(10**9))
    done = 0
    end = time.perf_counter() + seconds

    async def one_connection() -> None:
        nonlocal done
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            while time.perf_counter() < end:
                writer.write(prepare(next(counter)))
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
                body = await reader.readexactly(length)
                if not head.startswith(b"HTTP/1.1 201"):
                    raise UnexpectedAnswer(head[:80] + body[:400])
                done += 1
        finally:
            writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one_connection() for _ in range(connections)))
    return done / (time.perf_counter() - began)
