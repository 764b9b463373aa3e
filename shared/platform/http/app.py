"""One FastAPI application per service, with the same edge for all four."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.utils import get_dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from shared.contracts import topics
from shared.contracts.envelope import Contract
from shared.kernel.errors import Invalid, NotFound, Rejected, ServiceError
from shared.platform.auth.key_server import KeyServer
from shared.platform.auth.link_tokens import BearerVerifier, link_keys_of
from shared.platform.auth.needs import Needs
from shared.platform.auth.verifier import Issuer, JwtVerifier, Verifier
from shared.platform.changes import routes as changes
from shared.platform.changes.waiting import Waiters
from shared.platform.db.engine import Database
from shared.platform.exports.stream import exports_at_once
from shared.platform.http import health, quiescence, replay
from shared.platform.http.admission import NEWEST_FIRST_AFTER_SECONDS, Admission
from shared.platform.http.body_limit import BodyLimits
from shared.platform.http.catching_up import CatchingUp, catch_up
from shared.platform.http.link_register import LinkRegister
from shared.platform.http.middleware import CODE, Edge, expect_routes, with_headers
from shared.platform.http.openapi import describe
from shared.platform.http.parameters import KnownParameters
from shared.platform.http.problems import (
    BodyTooLarge,
    InputInvalid,
    MediaTypeUnsupported,
    MethodNotAllowed,
    problem,
)
from shared.platform.http.quiescence import Pending, nothing_pending
from shared.platform.http.rates import Rates
from shared.platform.http.schema_head import SchemaHead
from shared.platform.http.strict import pointer
from shared.platform.http.turns import Turns
from shared.platform.observability.declaring import Catalogue
from shared.platform.observability.exposition import registry_of
from shared.platform.observability.metrics import PLATFORM
from shared.platform.progress import Progress
from shared.platform.settings import BaseServiceSettings


def create_app(  # noqa: PLR0913 (the composition root takes what there is)
    *,
    service: str,
    settings: BaseServiceSettings,
    db: Database,
    routers: Sequence[APIRouter],
    progress: Progress,
    verifier: Verifier | None = None,
    pending: Pending = nothing_pending,
    subscribes: Iterable[type[Contract]] = (),
    metrics: Sequence[Catalogue] = (),
) -> FastAPI:
    """The application: `routers`, health, metrics, quiescence, problems, one middleware.

    `subscribes` are the contracts that the service handles (its HANDLERS); `pending` counts the due work of its jobs;
    `metrics` are those of its features.
    In the worker role only the open routes exist.
    """
    app = FastAPI(
        title=f"Redress {service}",
        version="1",
        redirect_slashes=False,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
    )
    app.state.db = db
    app.state.registry = registry_of(
        (PLATFORM, *metrics), role=settings.role, by_organisation=settings.metrics_organisations > 0
    )
    app.state.verifier = verifier or _verifier(settings)
    app.state.progress = progress
    app.state.pending = pending
    app.state.subscribes = frozenset({topics.REGISTRY, *(contract.TOPIC for contract in subscribes)})
    app.state.links = LinkRegister(db, service=service)
    app.state.catching_up = CatchingUp(db, service=service, subscribes=app.state.subscribes)
    app.state.schema_head = SchemaHead(service)
    app.state.turns = Turns()
    app.state.draining = False
    app.state.exports = exports_at_once()
    app.state.changes = Waiters(db, is_draining=lambda: bool(app.state.draining))
    app.state.completes_document = lambda _document: None
    app.state.serves_api = settings.role != "worker"
    served = [health.ROUTER, *([health.METRICS] if settings.operations_port is None else [])]
    if settings.role != "worker":
        served = [*routers, changes.ROUTER, quiescence.ROUTER, replay.ROUTER, *served]
    for router in served:
        app.router.routes.extend(router.routes)
    for route in app.routes:
        if isinstance(route, APIRoute):
            _ask_for_the_token_first(route)
            _then_catch_up(route)
            _then_refuse_unknown_parameters(route)
    expect_routes(app.routes)
    app.add_middleware(
        Edge,
        admission=Admission(
            limit=settings.requests_at_once,
            max_waiting=settings.max_waiting,
            newest_first_after=NEWEST_FIRST_AFTER_SECONDS,
        ),
        bodies=_body_limits(settings),
        rates=Rates(
            window=settings.rate_window_seconds,
            per_caller=settings.rate_per_caller,
            per_organisation=settings.rate_per_organisation,
            per_peer=settings.rate_per_peer,
        ),
        origins=settings.cors_origins.split(),
    )
    app.add_exception_handler(ServiceError, _refuse)
    app.add_exception_handler(HTTPException, _refuse_http)
    app.add_exception_handler(RequestValidationError, _refuse_parameters)
    _open_operations(app, service=service, apart=settings.operations_port is not None)
    return app


def _open_operations(app: FastAPI, *, service: str, apart: bool) -> None:
    """The pages about the API: with it, or `apart` in an application of their own, `app.state.operations`."""
    app.state.operations = None
    edge = (Edge, type(app.state.verifier), KeyServer, _refuse_http, _refuse_parameters, _OF_STATUS)
    if not apart:
        describe(app, service=service, pages=app, edge=edge)
        return

    pages = Starlette()
    pages.state.registry = app.state.registry
    pages.add_route("/metrics", health.metrics)
    describe(app, service=service, pages=pages, edge=edge)
    app.state.operations = with_headers(pages)


def _body_limits(settings: BaseServiceSettings) -> BodyLimits:
    return BodyLimits(
        max_bytes=settings.max_body_bytes,
        seconds=settings.body_seconds,
        bytes_per_second=settings.body_bytes_per_second,
        most_at_once=settings.max_uploads,
        most_bytes=settings.max_upload_bytes,
    )


def _verifier(settings: BaseServiceSettings) -> Verifier:
    http_allowed = settings.mode != "production"
    issuers = [Issuer.from_settings(each, http_allowed=http_allowed) for each in settings.jwt_issuers]
    return BearerVerifier(JwtVerifier(issuers), link_keys_of(settings.link_keys))


def _ask_for_the_token_first(route: APIRoute) -> None:
    """Dependencies are solved in order: a request without a token is refused before its body is read."""
    route.dependant.dependencies.sort(key=lambda dependency: not isinstance(dependency.call, Needs))


def _then_catch_up(route: APIRoute) -> None:
    """A request is caught up with between its token, which names the organisation, and its body."""
    dependencies = route.dependant.dependencies
    calls = [dependency.call for dependency in dependencies]
    asks_for_token = [isinstance(call, Needs) for call in calls]
    if any(asks_for_token) and catch_up not in calls:
        dependencies.insert(asks_for_token.index(True) + 1, get_dependant(path=route.path_format, call=catch_up))


def _then_refuse_unknown_parameters(route: APIRoute) -> None:
    """Query parameters are looked at before the body is read."""
    dependencies = route.dependant.dependencies
    place = next((place for place, each in enumerate(dependencies) if each.call is catch_up), -1) + 1
    known = KnownParameters(route.dependant)
    dependencies.insert(place, get_dependant(path=route.path_format, call=known))


_OF_STATUS: Mapping[int, type[ServiceError]] = {
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: BodyTooLarge,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: MediaTypeUnsupported,
    HTTPStatus.UNPROCESSABLE_ENTITY: Rejected,
}


async def _refuse(request: Request, error: Exception) -> Response:
    """An error of this product."""
    if not isinstance(error, ServiceError):
        raise error
    request.scope[CODE] = error.code
    return problem(error)


async def _refuse_http(request: Request, error: Exception) -> Response:
    """An error of the framework: unknown path, other method, malformed multipart."""
    if not isinstance(error, HTTPException):
        raise error
    if isinstance(error.__cause__, ServiceError):
        return await _refuse(request, error.__cause__)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return await _refuse(request, MethodNotAllowed(", ".join(_methods_of(request)) or None))
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise error
    return await _refuse(request, _OF_STATUS.get(error.status_code, Invalid)())


def _methods_of(request: Request) -> list[str]:
    """The methods of all routes of the request's path, which have one each."""
    matching = (route for route in request.app.routes if route.matches(request.scope)[0] != Match.NONE)
    return sorted({method for route in matching for method in getattr(route, "methods", None) or ()})


async def _refuse_parameters(request: Request, error: Exception) -> Response:
    """Path, query, header or form parameters that do not validate; 404 when only the path does not."""
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    if all(item["loc"][0] == "path" for item in found):
        return await _refuse(request, NotFound())
    return await _refuse(
        request, InputInvalid([{"path": pointer(item["loc"]), "code": item["type"]} for item in found])
    )
