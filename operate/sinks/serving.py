"""What the sinks share: command-line arguments, the readiness page, the `after` parameter, running under uvicorn."""

import argparse
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from operate.sinks.book import Book


async def ready(_: Request) -> Response:
    """`GET /health/ready`."""
    return JSONResponse({"status": "ready"})


def problem(status: int, code: str, detail: str) -> Response:
    """An RFC 9457 answer."""
    body = {"type": f"urn:redress:{code}", "code": code, "title": detail, "status": status}
    return JSONResponse(body, status, media_type="application/problem+json")


def after(request: Request) -> int:
    """The `after` query parameter: only entries with a greater number; 0 when absent or not a number."""
    value = request.query_params.get("after", "0")
    return int(value) if value.isdecimal() and len(value) <= 18 else 0  # noqa: PLR2004


def parse_arguments(*ports: str) -> argparse.Namespace:
    """The ports that the program listens on, and its `book`."""
    parser = argparse.ArgumentParser()
    for name in ("port", *ports):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--book", type=lambda path: Book(Path(path)), default=Book(), help="a file that keeps it all")
    return parser.parse_args()


def serve(app: Starlette, *, port: int) -> None:
    """Serve on 127.0.0.1 until SIGTERM or SIGINT."""
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=2)
