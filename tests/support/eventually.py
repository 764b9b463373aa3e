"""Waiting for something observed, with a bound."""

import asyncio
from collections.abc import Awaitable, Callable


async def eventually(seen: Callable[[], Awaitable[bool]], *, within: float = 30.0) -> None:
    """Return as soon as `seen()` is true; raises TimeoutError when it is not within the bound."""
    async with asyncio.timeout(within):
        while not await seen():
            await asyncio.sleep(0.05)
