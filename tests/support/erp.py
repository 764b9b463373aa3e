"""Secrets of both sides, and an application behind real HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

SECRET: Final = "whsec_" + "c2VjcmV0LW9mLXRoZS1vcmdhbmlzYXRpb24tMDE="
CALLBACK_SECRET: Final = "whsec_" + "c2VjcmV0LW9mLXRoZS1FUlAtMDEyMzQ1Njc4OTA="
TOKEN: Final = "token-of-the-organisation-0001"
CALLBACK_TOKEN: Final = "token-of-the-erp-000000000001"


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """`app` on a port of the system's choice of 127.0.0.1; its address."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
