"""The one ASGI layer around every service: ids in and out, admission, metrics, log line, problems.

Plain ASGI, because each `BaseHTTPMiddleware` costs about 100 µs. A handler is not cancelled when its client
disconnects: a cancelled query costs its connection. A request whose client has gone before its turn came is not begun:
after a stop of the process most of those that arrived meanwhile are of this kind.
"""

import time
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from prometheus_client import Counter, Histogram
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.kernel.errors import Invalid, ServiceError
from shared.platform.http.admission import PLACE, Admission, Place
from shared.platform.http.body_limit import Body, BodyLimits, Uploads
from shared.platform.http.origins import across_origins
from shared.platform.http.problems import internal_problem, problem
from shared.platform.http.rates import RateExceeded, Rates
from shared.platform.http.share import share_of
from shared.platform.http.span import SERVER_ERROR, span_of
from shared.platform.observability import metrics
from shared.platform.observability.context import Context, begin, current, end, from_request
from shared.platform.observability.exemplars import exemplar_of
from shared.platform.observability.logging import logger
from shared.platform.observability.tracing import SPANS

CLIENT_CLOSED_REQUEST: Final = 499
CODE: Final = "redress.code"
GONE: Final = "redress.client_gone"
"""Set in the scope of a request whose connection has ended."""
ALWAYS: Final = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))
"""Headers of every answer: it is what its media type says, and nothing of it is kept on the way."""
_ANSWER: Final = "redress.answer"
_CLOSES: Final = ((b"connection", b"close"),)
_OPEN: Final = frozenset({"/health/live", "/health/ready", "/metrics"})
_METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_READS: Final = frozenset({"GET", "HEAD"})
_OTHER_METHOD: Final = "OTHER"
_UNMATCHED: Final = "unmatched"
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_REFUSAL: Final = 400


class Edge:
    """The processing of every request before and after its route."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        admission: Admission,
        bodies: BodyLimits,
        rates: Rates,
        origins: Sequence[str] = (),
    ) -> None:
        self._app = app
        self._across = across_origins(self._serve, origins)
        self._rates = rates
        self._admission = admission
        self._uploads = Uploads(bodies)
        self._log = logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, began = time.perf_counter(), time.time_ns()
        context = _context(scope)
        answered = _Answer(send, context, scope)
        token = begin(context)
        try:
            scope[_ANSWER] = answered
            await self._across(scope, receive, answered)
        finally:
            self._record(scope, answered, time.perf_counter() - started)
            if SPANS.are_recorded and scope["path"] not in _OPEN:
                _trace(scope, answered, began=began)
            end(token)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        answered: _Answer = scope[_ANSWER]
        try:
            if scope["path"] in _OPEN:
                await self._app(scope, receive, send)
            else:
                await self._admitted(scope, receive, send)
        except ServiceError as error:
            answered.code = error.code
            if not answered.started:
                await problem(error)(scope, receive, send)
        except ClientDisconnect:
            answered.status = CLIENT_CLOSED_REQUEST
        except Exception as error:  # noqa: BLE001 (the last resort; logged with the request's ids)
            answered.code = "internal"
            self._log.exception("http.failed", route=_route(scope), error_type=type(error).__name__)
            if not answered.started:
                await internal_problem()(scope, receive, send)

    async def _admitted(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            raise Invalid
        share = await share_of(scope)
        answered: _Answer = scope[_ANSWER]
        try:
            answered.headers += self._rates.count(share)
        except RateExceeded as error:
            answered.headers += error.headers
            metrics.HTTP_REFUSED.labels(reason="rate").inc()
            raise
        place = scope[PLACE] = Place(self._admission, share.name, reads=scope["method"] in _READS)
        body = Body(scope, receive, place=place, uploads=self._uploads)
        await place.take()
        try:
            if scope.get(GONE):
                raise ClientDisconnect
            await self._app(scope, body.receive if scope["method"] in _WITH_BODY else receive, send)
        finally:
            body.end()
            place.leave()

    def _record(self, scope: Scope, answered: "_Answer", seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else _OTHER_METHOD
        route = _route(scope)
        duration, counted = _measured(route, method, answered.status // 100)
        duration.observe(seconds, exemplar_of(answered.traceparent))
        counted.inc()
        if answered.status < _REFUSAL and (method == "GET" or route in _OPEN):
            return
        level = self._log.error if answered.status >= SERVER_ERROR else self._log.info
        level(
            "http.answered",
            method=method,
            route=route,
            status=answered.status,
            code=answered.code or scope.get(CODE),
            duration_ms=round(seconds * 1000, 2),
        )


def with_headers(app: ASGIApp) -> ASGIApp:
    """`app` with the headers that every answer has."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        context = _context(scope) if scope["type"] == "http" else None
        await app(scope, receive, send if context is None else _Answer(send, context, scope))

    return wrapped


class _Answer:
    """`send` that adds the headers of every answer and records status and code.

    An answer of a process that is draining ends its connection, so that the client's next request opens one elsewhere.
    """

    __slots__ = ("_scope", "_send", "code", "headers", "started", "status", "traceparent")

    def __init__(self, send: Send, context: Context, scope: Scope) -> None:
        self._send = send
        self._scope = scope
        self.headers: list[tuple[bytes, bytes]] = [(b"x-request-id", (context.request_id or "").encode("ascii"))]
        self.traceparent = context.traceparent
        self.status = SERVER_ERROR
        self.started = False
        self.code: str | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            own = list(message.get("headers", ()))
            names = {name.lower() for name, _ in own}
            own += [header for header in ALWAYS if header[0] not in names]
            own += _CLOSES if _is_draining(self._scope) else ()
            message["headers"] = own + self.headers
        await self._send(message)


def _is_draining(scope: Scope) -> bool:
    return bool(getattr(scope["app"].state, "draining", False)) if "app" in scope else False


def _context(scope: Scope) -> Context:
    request_id = correlation_id = traceparent = None
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            request_id = value.decode("latin-1")
        elif name == b"x-correlation-id":
            correlation_id = value.decode("latin-1")
        elif name == b"traceparent":
            traceparent = value.decode("latin-1")
    return from_request(request_id=request_id, correlation_id=correlation_id, traceparent=traceparent)


def _trace(scope: Scope, answered: _Answer, *, began: int) -> None:
    code = answered.code or scope.get(CODE)
    SPANS.record(span_of(scope, current(), began=began, ended=time.time_ns(), status=answered.status, code=code))


def _route(scope: Scope) -> str:
    route: Any = scope.get("route")
    return getattr(route, "path", None) or _UNMATCHED


def expect_routes(routes: Sequence[BaseRoute]) -> None:
    """Begin the series of these routes, and of requests that no route matches."""
    for method in (*_METHODS, _OTHER_METHOD):
        metrics.expect_route(_UNMATCHED, method)
    for route in routes:
        if isinstance(route, Route):
            for method in route.methods or ():
                metrics.expect_route(route.path, method)


@cache
def _measured(route: str, method: str, hundreds: int) -> tuple[Histogram, Counter]:
    """The series of a route: `hundreds` is the class of the status code."""
    return (
        metrics.HTTP_REQUEST_DURATION.labels(route=route, method=method),
        metrics.HTTP_REQUESTS.labels(route=route, method=method, code=f"{hundreds}xx"),
    )
