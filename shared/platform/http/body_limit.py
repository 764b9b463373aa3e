"""The size of a request body is limited while it is received, chunked or not; a route may have a limit of its own.

The bytes are counted in `receive`, so the limit holds for JSON, multipart and raw readers alike.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from starlette.types import Message, Receive, Scope

from shared.platform.http.problems import BodyTooLarge

_ATTRIBUTE: Final = "__redress_body_limit__"
_MOST_DIGITS: Final = 18

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def body_limit(limit: int) -> Callable[[Endpoint], Endpoint]:
    """`@router.post(…)` over `@body_limit(25 * 2**20)`: this route accepts bodies up to `limit` bytes."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _ATTRIBUTE, limit)
        return endpoint

    return mark


def bounded(scope: Scope, receive: Receive, *, default: int) -> Receive:
    """`receive` that raises BodyTooLarge as soon as the body is known to exceed the limit of its route."""
    size = 0

    async def counting() -> Message:
        nonlocal size
        limit = _limit(scope, default)
        if size == 0 and _declared(scope) > limit:
            raise BodyTooLarge(fields={"limit": limit})
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise BodyTooLarge(fields={"limit": limit})
        return message

    return counting


def _limit(scope: Scope, default: int) -> int:
    limit: int = getattr(scope.get("endpoint"), _ATTRIBUTE, default)
    return limit


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:_MOST_DIGITS])
    return 0
