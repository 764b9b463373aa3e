"""Bodies are bounded before anybody reads them, chunked or not; a route may allow itself more.

The count is kept where the bytes come in, so that JSON, multipart and raw readers need no care.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from shared.platform.http.problems import BodyTooLarge

_ATTRIBUTE: Final = "__redress_body_limit__"
_SCOPE_KEY: Final = "redress.body_limit"
_MOST_DIGITS: Final = 18

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def body_limit(limit: int) -> Callable[[Endpoint], Endpoint]:
    """`@router.post(…)` over `@body_limit(25 * 2**20)`: this route takes bodies up to `limit` bytes."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _ATTRIBUTE, limit)
        return endpoint

    return mark


def allow_body(request: Request, limit: int) -> None:
    """Take up to `limit` bytes of this request, when only the route's own data says how many; before reading."""
    request.scope[_SCOPE_KEY] = limit


def bounded(scope: Scope, receive: Receive, *, default: int) -> Receive:
    """`receive` that raises BodyTooLarge as soon as the body is known to be longer than its route takes."""
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
    allowed: int | None = scope.get(_SCOPE_KEY)
    return getattr(scope.get("endpoint"), _ATTRIBUTE, default) if allowed is None else allowed


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:_MOST_DIGITS])
    return 0
