"""Refusals and failures as RFC 9457 problem JSON; the HTTP status of each category is defined here only.

Body: {type, title, title_zh, status, code, detail, fields, cite, request_id}. It never repeats the input and
never contains the text of an unexpected exception.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

import orjson
from pydantic import BaseModel, Field
from starlette.responses import Response

from shared.kernel.errors import (
    Conflict,
    FieldValue,
    Forbidden,
    Invalid,
    NotFound,
    Rejected,
    ServiceError,
    Unavailable,
)
from shared.kernel.text import Text
from shared.platform.auth.caller import Unauthorised
from shared.platform.http.spread import spread
from shared.platform.observability.context import current_or_none

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 2
CATCH_UP_SECONDS: Final = 1


class InputInvalid(ServiceError):
    """The input does not match the documented schema. 422.

    `places` are {path, code} pairs: a JSON pointer (RFC 6901) and what is wrong there.
    """

    code = "input_invalid"
    title = Text(en="Input does not match the documented schema", zh="输入内容不符合接口定义")

    def __init__(self, places: list[dict[str, str]] | None = None) -> None:
        super().__init__()
        self.places = places or []


class MethodNotAllowed(ServiceError):
    """The route does not support the method; `Allow` names those that it does. 405."""

    code = "method_not_allowed"
    title = Text(en="Method not allowed", zh="不支持的请求方法")

    def __init__(self, allow: str | None) -> None:
        super().__init__()
        self.allow = allow


class BodyTooLarge(ServiceError):
    """The body exceeds the limit of the route. 413."""

    code = "body_too_large"
    title = Text(en="Content too large", zh="请求内容过大")


class BodyTooSlow(ServiceError):
    """The body did not arrive in time; `fields.bytes_per_second` is the least rate. 408 (RFC 9110 §15.5.9)."""

    code = "body_too_slow"
    title = Text(en="Content arrived too slowly", zh="请求内容传输过慢")


class MediaTypeUnsupported(ServiceError):
    """The route accepts the media type `fields.accept`, not that of the body. 415 (RFC 9110 §15.5.16)."""

    code = "media_type_unsupported"
    title = Text(en="Unsupported media type", zh="不支持的媒体类型")


class TooManyRequests(ServiceError):
    """A quota is exhausted; Retry-After states the wait in seconds, spread over clients. 429."""

    code = "too_many_requests"
    title = Text(en="Too many requests", zh="请求过于频繁")

    def __init__(
        self,
        *,
        retry_after: int = RETRY_AFTER_SECONDS,
        headers: Sequence[tuple[bytes, bytes]] = (),
        fields: Mapping[str, FieldValue] | None = None,
    ) -> None:
        super().__init__(fields=fields)
        self.retry_after = retry_after
        self.headers = tuple(headers)


class Gone(ServiceError):
    """What was asked for was kept for a time that is over. 410 (RFC 9110 §15.5.11)."""

    code = "gone"
    title = Text(en="No longer kept", zh="已不再保留")


class NotCaughtUp(Conflict):
    """The service has not handled an event that the request relies on; `fields.topics` says on which topics. 409.

    The event is named by the request's position, or it registers the case of the path. The same request may be
    accepted later.
    """

    code = "not_caught_up"
    title = Text(en="Not caught up with what the request relies on", zh="所依据的数据尚未同步，请稍后重试")


STATUS: Final[Mapping[type[ServiceError], int]] = {
    Unauthorised: 401,
    Forbidden: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    BodyTooSlow: 408,
    Conflict: 409,
    Gone: 410,
    BodyTooLarge: 413,
    MediaTypeUnsupported: 415,
    InputInvalid: 422,
    Rejected: 422,
    Invalid: 400,
    TooManyRequests: 429,
    Unavailable: 503,
    ServiceError: 500,
}

STATUSES: Final[Mapping[int, str]] = {status: category.title.en for category, status in STATUS.items()}
"""What OpenAPI says of each status: the title of its category; of 422 that of `Rejected`."""


class Place(BaseModel):
    """One thing wrong with a payload."""

    path: str = Field(description="JSON pointer (RFC 6901).")
    code: str


class Problem(BaseModel):
    """Why a request was refused or failed (RFC 9457)."""

    type: str
    title: str
    title_zh: str
    status: int
    code: str = Field(description="Stable; programs act on this.")
    detail: str
    fields: dict[str, FieldValue] | list[Place]
    cite: str | None = Field(description="The rule that refuses, when one does: rule id and article.")
    request_id: str | None


def status_of(error: type[ServiceError]) -> int:
    """The HTTP status of an error class: that of its nearest listed category."""
    return next(STATUS[cls] for cls in error.__mro__ if cls in STATUS)


def problem(error: ServiceError) -> Response:
    """`error` as a problem response."""
    status = status_of(type(error))
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return internal_problem()
    body = {
        "type": f"urn:redress:problem:{error.code}",
        "title": error.title.en,
        "title_zh": error.title.zh,
        "status": status,
        "code": error.code,
        "detail": error.detail,
        "fields": error.places if isinstance(error, InputInvalid) else error.fields,
        "cite": error.cite,
        "request_id": _request_id(),
    }
    return Response(orjson.dumps(body), status, _headers(error, status), MEDIA_TYPE)


def internal_problem() -> Response:
    """500 without the cause; the log has it under the same request id."""
    title = ServiceError.title
    body = {
        "type": "urn:redress:problem:internal",
        "title": title.en,
        "title_zh": title.zh,
        "status": 500,
        "code": "internal",
        "detail": "",
        "fields": {},
        "cite": None,
        "request_id": _request_id(),
    }
    return Response(orjson.dumps(body), 500, media_type=MEDIA_TYPE)


def _request_id() -> str | None:
    context = current_or_none()
    return context.request_id if context else None


def _headers(error: ServiceError, status: int) -> dict[str, str]:
    match error:
        case Unauthorised(code=code):
            return {"WWW-Authenticate": "Bearer" if code == "token_missing" else 'Bearer error="invalid_token"'}
        case BodyTooLarge() | BodyTooSlow():
            return {"Connection": "close"}
        case MethodNotAllowed(allow=str(allow)):
            return {"Allow": allow}
        case MediaTypeUnsupported(fields={"accept": str(accept)}):
            return {"Accept": accept}
        case NotCaughtUp():
            return {"Retry-After": str(CATCH_UP_SECONDS)}
    seconds = error.retry_after if isinstance(error, TooManyRequests) else RETRY_AFTER_SECONDS
    return {"Retry-After": str(spread(seconds))} if status in (429, 503) else {}
