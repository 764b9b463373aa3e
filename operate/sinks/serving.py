"""What the sinks share: command-line ports, the readiness page, the `after` parameter, running under uvicorn."""

import argparse

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


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


def parse_ports(*names: str) -> argparse.Namespace:
    """The ports that the program listens on."""
    parser = argparse.ArgumentParser()
    for name in ("port", *names):
        parser.add_argument(f"--{name}", type=int, required=True)
    return parser.parse_args()


def serve(app: Starlette, *, port: int) -> None:
    """Serve on 127.0.0.1 until SIGTERM or SIGINT."""
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=2)
