"""`/openapi.json` with what FastAPI does not know: strictly read bodies, problems, required scopes.

`/docs` is Swagger UI from `swagger_ui/`; the page makes no request to another host.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from shared.platform.auth.needs import Needs
from shared.platform.http.codes import codes_by_status
from shared.platform.http.finished import PROBLEMS, finished
from shared.platform.http.idempotency import is_safe_to_repeat, is_storing_nothing
from shared.platform.http.problems import Problem
from shared.platform.http.raised import Refusals
from shared.platform.http.strict import StrictBody
from shared.platform.position import HEADER as POSITION
from shared.platform.position import LONGEST, LONGEST_HEADER

_REF: Final = "#/components/schemas/{model}"
_SWAGGER_UI: Final = Path(__file__).parent / "swagger_ui"
_ASSETS: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}

_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A fresh value for each thing to be done; the same value when the request is repeated.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~]([ -~]*[!#-~])?$"},
}

_POSITION: Final = {"type": "string", "maxLength": LONGEST_HEADER, "pattern": "^[A-Za-z0-9_, -]*$"}
_SENT_POSITION: Final = {
    "name": POSITION,
    "in": "header",
    "required": False,
    "description": "The position that the client got last, from whichever service: the service has handled what it "
    "names before it answers, or refuses with `not_caught_up` after two seconds. Several are separated by commas.",
    "schema": _POSITION,
}
_ANSWERED_POSITION: Final = {
    "description": "To be sent with the next request, to any service: the position of this request, and what it did.",
    "schema": _POSITION | {"maxLength": LONGEST},
}
Json = dict[str, Any]


def describe(app: FastAPI, *, service: str, pages: Starlette, edge: Sequence[object]) -> None:
    """Complete `app.openapi()` and serve it as `/openapi.json`, and `/docs` of it without the internet, on `pages`.

    `edge` is what every request passes: what its code refuses, any operation may answer.
    """

    def openapi() -> Json:
        if app.openapi_schema is None:
            app.openapi_schema = finished(_document(app), service=service, raises=_raised(app, edge))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    _serve_document(app, pages)
    _serve_docs(pages, title=app.title)


def _serve_document(app: FastAPI, pages: Starlette) -> None:
    one_at_a_time = asyncio.Lock()

    @cache
    def written() -> bytes:
        return orjson.dumps(app.openapi())

    async def document(_request: Request) -> Response:
        """Made at the first request, which takes a second: in a thread, so that others are answered meanwhile."""
        async with one_at_a_time:
            body = await asyncio.to_thread(written)
        return Response(body, media_type="application/json")

    pages.add_route("/openapi.json", document, include_in_schema=False)


def _raised(app: FastAPI, edge: Sequence[object]) -> Mapping[str, Mapping[int, list[str]]]:
    routes = [route for route in app.routes if isinstance(route, APIRoute) and route.include_in_schema]
    refusals = Refusals(app.state)
    everywhere = refusals.reached_from(edge)
    return {
        str(route.operation_id): codes_by_status(
            everywhere | refusals.reached_from([type(route), route.endpoint, *dependencies_of(route.dependant)])
        )
        for route in routes
    }


def dependencies_of(dependant: Dependant) -> Iterator[object]:
    """Everything a route depends on, depth first."""
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from dependencies_of(dependency)


def _document(app: FastAPI) -> Json:
    document = get_openapi(title=app.title, version=app.version, routes=app.routes)
    routes = [route for route in app.routes if isinstance(route, APIRoute) and route.include_in_schema]
    bodies = [_body_of(route) for route in routes]
    models: dict[type[BaseModel], None] = dict.fromkeys((Problem, *(model for model in bodies if model is not None)))
    references, definitions = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(definitions.get("$defs", {}))
    for route, body in zip(routes, bodies, strict=True):
        for method in route.methods or ():
            operation = document["paths"][route.path_format][method.lower()]
            if body is not None:
                schema = references[(body, "validation")]
                operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
            _complete(operation, route, method=method)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    app.state.completes_document(document)
    return document


def _body_of(route: APIRoute) -> type[BaseModel] | None:
    found = (call.model for call in dependencies_of(route.dependant) if isinstance(call, StrictBody))
    return next(found, None)


def _complete(operation: Json, route: APIRoute, *, method: str) -> None:
    """Add what the edge does for every route: problems, scopes, the idempotency key."""
    statuses = {500} if route.path_format.startswith("/health/") else {500, 503}
    needs = next((call for call in dependencies_of(route.dependant) if isinstance(call, Needs)), None)
    if needs is not None:
        statuses |= {400, 401, 403, 404, 409, 422, 429}
        operation["x-scopes"] = sorted(needs.scopes)
        operation.setdefault("parameters", []).append(_SENT_POSITION)
        operation["x-principals"] = sorted(kind.value for kind in needs.kinds)
    if method != "GET":
        statuses |= {408, 413, 415}
    if method == "POST" and not is_safe_to_repeat(route.endpoint):
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    responses = operation.setdefault("responses", {})
    if is_write(route):
        for answer in (each for status, each in responses.items() if status.startswith("2")):
            answer["headers"] = {POSITION: _ANSWERED_POSITION}
    for status in sorted(statuses):
        responses[str(status)] = {"$ref": PROBLEMS.format(status=status)}


def is_write(route: APIRoute) -> bool:
    """Whether an accepted request may change something; its answer carries a position."""
    return not (route.methods or set()) <= {"GET", "HEAD"} and not is_storing_nothing(route.endpoint)


def _serve_docs(app: Starlette, *, title: str) -> None:
    async def docs(_request: Request) -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=title,
            swagger_js_url="/docs/swagger-ui-bundle.js",
            swagger_css_url="/docs/swagger-ui.css",
            swagger_favicon_url="/docs/favicon-32x32.png",
            swagger_ui_parameters={"validatorUrl": None},
        )

    async def asset(request: Request) -> FileResponse:
        name = request.url.path.rpartition("/")[2]
        return FileResponse(_SWAGGER_UI / name, media_type=_ASSETS[name])

    app.add_route("/docs", docs, include_in_schema=False)
    for name in _ASSETS:
        app.add_route(f"/docs/{name}", asset, include_in_schema=False)
