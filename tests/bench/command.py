"""How long the operator waits for a word of the `redress` command, against an interpreter that imports what it needs."""

import asyncio
import sys
import time
from pathlib import Path

from operate.runtime.keys import ensure_keys
from operate.runtime.paths import default_layout
from tests.bench.pairs import Figure, interleaved

REDRESS = Path(sys.executable).with_name("redress")
BARE = "import typer; typer.Typer(); import rich.console"


async def measure() -> list[Figure]:
    """Commands a minute, one after the other: `--help`, and `token` with a key that exists; 120 a minute are 0.5 s each."""
    ensure_keys(default_layout().keys)
    return [
        await _figure("redress --help", "--help"),
        await _figure("redress token", "token", "--role", "clerk"),
    ]


async def _figure(name: str, *words: str) -> Figure:
    return await interleaved(
        name,
        unit="per minute",
        against="python that imports typer and rich",
        aim=0.4,
        ours=lambda: _rate(str(REDRESS), *words),
        yardstick=lambda: _rate(sys.executable, "-c", BARE),
    )


async def _rate(*argv: str) -> float:
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.DEVNULL)
    if await process.wait():
        raise RuntimeError(f"{' '.join(argv)} failed")
    return 60 / (time.perf_counter() - began)
