"""Intake's POST /v1/cases against the bare application that inserts the same two rows."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from operate.runtime.embedded import admin_url
from operate.runtime.ports import is_free
from operate.runtime.stack import Stack
from tests.bench.load import request_bytes, throughput
from tests.bench.organisation import case_body, on_the_real_clock
from tests.bench.pairs import Figure, interleaved

CONNECTIONS, SECONDS = 32, 3.0
ORGANISATIONS = 16


@asynccontextmanager
async def bare_application(stack: Stack) -> AsyncIterator[str]:
    """The yardstick's process on a free port, against the same PostgreSQL."""
    port = next(port for port in range(18_900, 18_999) if is_free(port))
    url = admin_url(stack).replace("postgresql://", "postgresql+asyncpg://")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.bare_app", str(port), env={**os.environ, "BENCH_DATABASE_URL": url}
    )
    try:
        while is_free(port):
            if process.returncode is not None:
                raise RuntimeError("the bare application ended while it started")
            await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def measure(stack: Stack) -> Figure:
    """Registrations per second of many organisations, both sides under the same load in turn."""
    return await _measured(stack, organisations=ORGANISATIONS, aim=0.6)


async def measure_one_organisation(stack: Stack) -> Figure:
    """The worst case: all registrations take their number from one counter row, whose lock each holds to its commit."""
    return await _measured(stack, organisations=1, aim=0.2)


async def _measured(stack: Stack, *, organisations: int, aim: float) -> Figure:
    callers = [await on_the_real_clock(stack) for _ in range(organisations)]
    async with bare_application(stack) as bare:

        def our_request(number: int) -> bytes:
            return callers[number % organisations].request(number)

        def bare_request(number: int) -> bytes:
            return request_bytes(
                f"{bare}/v1/cases", headers={"Content-Type": "application/json"}, body=case_body(number)
            )

        async def ours() -> float:
            return await throughput(callers[0].url, prepare=our_request, connections=CONNECTIONS, seconds=SECONDS)

        async def yardstick() -> float:
            return await throughput(bare, prepare=bare_request, connections=CONNECTIONS, seconds=SECONDS)

        return await interleaved(
            f"intake POST /v1/cases, {CONNECTIONS} connections, {organisations} org.",
            unit="cases/s",
            against="bare FastAPI + Core, same two rows",
            aim=aim,
            ours=ours,
            yardstick=yardstick,
        )
