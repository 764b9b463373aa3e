"""Refusals and failures as RFC 9457 problem JSON, the only place that knows their HTTP status.

Body: {type, title, title_zh, status, code, detail, fields, cite, request_id}. Never an echo of the
input, never the text of an unexpected exception.
"""

from collections.abc import Mapping
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
    Title,
    Unavailable,
)
from shared.platform.auth.caller import Unauthorised
from shared.platform.http.titles import CATALOGUE
from shared.platform.observability.context import current_or_none

MEDIA_TYPE: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 2


class InputInvalid(ServiceError):
    """The payload's shape is not the documented one; `places` says where. 422.

    `places` are {path, code} pairs: JSON pointers (RFC 6901) and what is wrong there.
    """

    code = "input_invalid"

    def __init__(self, places: list[dict[str, str]] | None = None, *, code: str | None = None) -> None:
        super().__init__(code=code)
        self.places = places or []


class MethodNotAllowed(ServiceError):
    """The path exists, the method does not. 405."""

    code = "method_not_allowed"

    def __init__(self, allow: str | None) -> None:
        super().__init__()
        self.allow = allow


class BodyTooLarge(ServiceError):
    """The body is longer than the route takes. 413."""

    code = "body_too_large"


class MediaTypeUnsupported(ServiceError):
    """The body is of a kind the route does not take. 415."""

    code = "media_type_unsupported"


class TooManyRequests(ServiceError):
    """A quota is used up; Retry-After says how long. 429."""

    code = "too_many_requests"


STATUS: Final[Mapping[type[ServiceError], int]] = {
    Unauthorised: 401,
    Forbidden: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    Conflict: 409,
    BodyTooLarge: 413,
    MediaTypeUnsupported: 415,
    InputInvalid: 422,
    Rejected: 422,
    Invalid: 400,
    TooManyRequests: 429,
    Unavailable: 503,
    ServiceError: 500,
}

# The code that stands for a status: for titles of codes that have none, and in OpenAPI.
_BY_STATUS: Final[Mapping[int, str]] = {
    400: "invalid",
    401: "token_invalid",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "body_too_large",
    415: "media_type_unsupported",
    422: "rejected",
    429: "too_many_requests",
    500: "internal",
    503: "unavailable",
}


STATUSES: Final[Mapping[int, str]] = {status: CATALOGUE[code].en for status, code in _BY_STATUS.items()}


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


def status_of(error: ServiceError) -> int:
    """The HTTP status of `error`: that of its nearest listed category."""
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def title_of(error: ServiceError, *, titles: Mapping[str, Title] = CATALOGUE) -> Title:
    """The words of the pack or of the class; else those that the service lists for the code."""
    if "title" in vars(error) or "title" in vars(type(error)):
        return error.title
    return titles.get(error.code) or CATALOGUE.get(error.code) or error.title


def problem(error: ServiceError, *, titles: Mapping[str, Title] = CATALOGUE) -> Response:
    """`error` as a problem response; `titles` are those of the service's own codes."""
    status = status_of(error)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return internal_problem()
    title = title_of(error, titles=titles)
    body = {
        "type": f"urn:redress:problem:{error.code}",
        "title": title.en,
        "title_zh": title.zh,
        "status": status,
        "code": error.code,
        "detail": error.detail,
        "fields": error.places if isinstance(error, InputInvalid) else error.fields,
        "cite": error.cite,
        "request_id": _request_id(),
    }
    return Response(orjson.dumps(body), status, _headers(error, status), MEDIA_TYPE)


def internal_problem() -> Response:
    """500 without a word about why; the log has it under the same request id."""
    title = CATALOGUE["internal"]
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
        case Unauthorised(code="token_missing"):
            return {"WWW-Authenticate": "Bearer"}
        case Unauthorised():
            return {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        case BodyTooLarge():
            return {"Connection": "close"}
        case MethodNotAllowed(allow=str(allow)):
            return {"Allow": allow}
    return {"Retry-After": str(RETRY_AFTER_SECONDS)} if status in (429, 503) else {}
