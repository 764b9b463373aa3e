"""An HTTP client as an ERP is one: it repeats a request under the same key until it is answered."""

import asyncio
from typing import Any, Final

import httpx2

PATIENCE = 90.0
_PAUSE = 0.1
_LASTING: Final = frozenset({"look_not_ready", "storage_unavailable"})
"""Codes of a 503 that a test causes on purpose and that lasts: these are an answer."""


class PerseveringClient(httpx2.AsyncClient):
    """Repeats after connection failures and 503, within ninety seconds; counts how often it had to."""

    repeated = 0

    async def request(self, method: str, url: Any, **options: Any) -> httpx2.Response:
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            try:
                response = await super().request(method, url, **options)
                if response.status_code != httpx2.codes.SERVICE_UNAVAILABLE or response.json()["code"] in _LASTING:
                    return response
            except httpx2.TransportError:
                if asyncio.get_running_loop().time() > deadline:
                    raise
            else:
                if asyncio.get_running_loop().time() > deadline:
                    return response
            self.repeated += 1
            await asyncio.sleep(_PAUSE)
