"""CORS: pages of the listed origins may call the API with a token; no cookies, no other origin (Fetch §3.2)."""

from collections.abc import Sequence
from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

SENT: Final = (
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "Redress-Position",
    "X-Request-Id",
    "X-Correlation-Id",
    "traceparent",
)
"""What a page may send."""
READ: Final = (
    "Content-Disposition",
    "ETag",
    "Idempotency-Replayed",
    "RateLimit",
    "RateLimit-Policy",
    "Redress-Position",
    "Retry-After",
    "X-Request-Id",
)
"""What a page may read of an answer."""
PREFLIGHT_SECONDS: Final = 600


def across_origins(app: ASGIApp, origins: Sequence[str]) -> ASGIApp:
    """`app` for pages of `origins` too; `app` itself when there are none."""
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=("GET", "POST", "PUT", "PATCH", "DELETE"),
        allow_headers=SENT,
        expose_headers=READ,
        max_age=PREFLIGHT_SECONDS,
    )
