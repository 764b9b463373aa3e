"""The size and the time of a request body are limited while it is received; a route may have a size of its own.

The bytes are counted in `receive`, so the limits hold for JSON, multipart and raw readers alike. While a body is
awaited, its request holds no place and no database connection; what it does hold is counted to its share.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from starlette.types import Message, Receive, Scope

from shared.kernel.text import Text
from shared.platform.http.admission import Overloaded, Place
from shared.platform.http.problems import BodyTooLarge, BodyTooSlow, TooManyRequests
from shared.platform.observability import metrics

ARRIVED: Final = "redress.body_arrived"
"""In the scope: whether the protocol has received the whole body already."""
_ATTRIBUTE: Final = "__redress_body_limit__"
_MOST_DIGITS: Final = 18

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class TooManyUploads(TooManyRequests):
    """The organisation (without a token: the peer) has too many bodies, or too many bytes of them, arriving. 429."""

    code = "too_many_uploads"
    title = Text(en="Too many request bodies at the same time", zh="同时上传的请求过多")


def body_limit(limit: int) -> Callable[[Endpoint], Endpoint]:
    """`@router.post(…)` over `@body_limit(25 * 2**20)`: this route accepts bodies up to `limit` bytes."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _ATTRIBUTE, limit)
        return endpoint

    return mark


def limit_of(endpoint: object, *, default: int) -> int:
    """The longest body in bytes that `endpoint` accepts."""
    limit: int = getattr(endpoint, _ATTRIBUTE, default)
    return limit


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """`max_bytes` where a route has no limit of its own; a body may take `seconds` and a second for each
    `bytes_per_second` that have come in. At most `most_at_once` bodies and `most_bytes` of them arrive at the same
    time, a quarter of each for one share.
    """

    max_bytes: int
    seconds: float
    bytes_per_second: int
    most_at_once: int
    most_bytes: int


class Uploads:
    """The bodies that are arriving in this process, or have arrived and belong to a request in hand."""

    def __init__(self, limits: BodyLimits) -> None:
        self.limits = limits
        self._bodies: dict[str, int] = {}
        self._bytes: dict[str, int] = {}

    def begin(self, share: str) -> None:
        """Count another body; raises TooManyUploads or Overloaded."""
        if self._bodies.get(share, 0) >= max(1, self.limits.most_at_once // 4):
            raise TooManyUploads
        if sum(self._bodies.values()) >= self.limits.most_at_once:
            metrics.HTTP_REFUSED.labels(reason="bodies").inc()
            raise Overloaded
        self._bodies[share] = self._bodies.get(share, 0) + 1

    def add(self, share: str, size: int) -> None:
        """Count `size` bytes more; raises TooManyUploads or Overloaded."""
        if self._bytes.get(share, 0) + size > max(self.limits.max_bytes, self.limits.most_bytes // 4):
            raise TooManyUploads
        if sum(self._bytes.values()) + size > self.limits.most_bytes:
            metrics.HTTP_REFUSED.labels(reason="bodies").inc()
            raise Overloaded
        self._bytes[share] = self._bytes.get(share, 0) + size

    def end(self, share: str, size: int) -> None:
        """The request of a body of `size` bytes was answered."""
        for counts, less in ((self._bodies, 1), (self._bytes, size)):
            counts[share] = counts.get(share, 0) - less
            if counts[share] <= 0:
                del counts[share]


class Body:
    """One request's `receive`: raises as soon as the body is known to exceed a limit."""

    def __init__(self, scope: Scope, receive: Receive, *, place: Place, uploads: Uploads) -> None:
        self._scope = scope
        self._receive = receive
        self._place = place
        self._uploads = uploads
        self._began_at: float | None = None
        self._size = self._counted = 0
        self._complete = False

    async def receive(self) -> Message:
        """The next message; raises BodyTooLarge, BodyTooSlow, TooManyUploads or Overloaded."""
        if self._complete:
            return await self._receive()
        limit = limit_of(self._scope.get("endpoint"), default=self._uploads.limits.max_bytes)
        if self._began_at is None:
            self._begin(limit)
        message = await self._next()
        self._count(len(message.get("body", b"")), limit)
        if not message.get("more_body", False):
            self._complete = True
            await self._place.take()
        return message

    def end(self) -> None:
        """The request was answered: what its body held is free."""
        if self._began_at is not None:
            self._uploads.end(self._place.share, self._counted)

    def _begin(self, limit: int) -> None:
        if _declared(self._scope) > limit:
            raise BodyTooLarge(fields={"limit": limit})
        self._uploads.begin(self._place.share)
        self._began_at = asyncio.get_running_loop().time()

    def _count(self, size: int, limit: int) -> None:
        self._size += size
        if self._size > limit:
            raise BodyTooLarge(fields={"limit": limit})
        self._uploads.add(self._place.share, size)
        self._counted += size

    async def _next(self) -> Message:
        if self._scope.get(ARRIVED):
            return await self._receive()
        self._place.leave()
        limits = self._uploads.limits
        allowed = (self._began_at or 0.0) + limits.seconds + self._size / limits.bytes_per_second
        try:
            async with asyncio.timeout_at(allowed):
                return await self._receive()
        except TimeoutError:
            raise BodyTooSlow(fields={"bytes_per_second": limits.bytes_per_second}) from None


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:_MOST_DIGITS])
    return 0
