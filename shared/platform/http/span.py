"""The span of a request, by the semantic conventions for HTTP servers.

`url.path` is left out: it may hold how an organisation's systems know a customer. `http.route` has its template.
"""

from typing import Final

from starlette.types import Scope

from shared.platform.observability.context import Context
from shared.platform.observability.tracing import CASE_ID, Span

SERVER_ERROR: Final = 500


def span_of(scope: Scope, context: Context, *, began: int, ended: int, status: int, code: str | None) -> Span:
    """The request's span; `code` says why it was refused. An answer below 500 is no error of the server."""
    route = getattr(scope.get("route"), "path", None)
    method: str = scope["method"]
    attributes: dict[str, str | int] = {
        "http.request.method": method,
        "http.response.status_code": status,
        "url.scheme": scope["scheme"],
        "redress.request_id": context.request_id or "",
        "redress.correlation_id": context.correlation_id,
    }
    given = {
        "http.route": route,
        CASE_ID: scope.get("path_params", {}).get("case_id"),
        "redress.organisation_id": context.org,
        "redress.code": code,
    }
    return Span(
        name=f"{method} {route}" if route else method,
        kind="server",
        context=context,
        began=began,
        ended=ended,
        attributes=attributes | {name: value for name, value in given.items() if value is not None},
        error=(code or str(status)) if status >= SERVER_ERROR else None,
    )
