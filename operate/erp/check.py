"""`redress erp check`: play the whole contract against an address and find what is wrong."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import httpx2

from operate.erp.callbacks import listening
from operate.erp.checks import CHECKS, Play
from operate.erp.target import Caller, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Where callbacks are received, and how long a change may take."""

    host: str = "127.0.0.1"
    port: int = 0
    callback_url: str | None = None
    wait_seconds: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check tried, and everything that is wrong about it."""

    name: str
    tried: str
    faults: tuple[str, ...]


async def check_erp(target: Target, options: Options) -> AsyncIterator[Finding]:
    """One finding for each check, as soon as it is known."""
    async with (
        listening(target, host=options.host, port=options.port) as (callbacks, own_url),
        httpx2.AsyncClient(trust_env=False) as http,
    ):
        calls_back = target.callback_secret is not None
        reached = replace(target, callback_url=(options.callback_url or own_url) if calls_back else None)
        play = Play(caller=Caller(reached, http), callbacks=callbacks, wait_seconds=options.wait_seconds)
        for check in CHECKS:
            faults = [fault async for fault in check(play)]
            tried = (check.__doc__ or "").strip()
            yield Finding(name=check.__name__, tried=tried, faults=tuple(dict.fromkeys(faults)))
