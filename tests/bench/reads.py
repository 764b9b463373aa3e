"""Reads of intake: the case page against the bare application that reads two rows, and what a position costs a read."""

import re
from dataclasses import dataclass
from typing import Final

import httpx2

from operate.runtime.stack import Stack
from shared.kernel.ids import new_id
from shared.platform.position import HEADER
from tests.bench.intake_post import CONNECTIONS, SECONDS, bare_application
from tests.bench.load import request_bytes, throughput
from tests.bench.organisation import Customerwise, case_body, on_the_real_clock
from tests.bench.pairs import Figure, interleaved

_CASES: Final = 200
_CASE: Final = re.compile(r'"case_id":"([0-9a-f-]{36})"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A case, and the position that its registration was answered with."""

    case_id: str
    position: str


async def measure_case_page(stack: Stack) -> Figure:
    """Case pages per second, with everything that the page shows, against two rows by their keys."""
    caller = await on_the_real_clock(stack)
    cases = await _registered(caller)
    async with bare_application(stack) as bare:
        rows = await _registered(Customerwise(url=bare, token="none", org=caller.org))

        async def ours() -> float:
            return await _read(caller, [f"/v1/cases/{case.case_id}" for case in cases])

        async def yardstick() -> float:
            paths = [f"{bare}/v1/cases/{row.case_id}" for row in rows]
            return await throughput(
                bare,
                prepare=lambda number: request_bytes(paths[number % len(paths)], headers={}),
                connections=CONNECTIONS,
                seconds=SECONDS,
            )

        return await interleaved(
            f"intake GET /v1/cases/{{case_id}}, {CONNECTIONS} connections",
            unit="pages/s",
            against="bare FastAPI + Core, two rows",
            aim=0.1,
            ours=ours,
            yardstick=yardstick,
        )


async def measure_position(stack: Stack) -> Figure:
    """Case pages per second with the position of the case's registration, against the same pages without one."""
    caller = await on_the_real_clock(stack)
    cases = await _registered(caller)
    requests = {
        is_sent: [
            caller.read(f"/v1/cases/{case.case_id}", **({HEADER: case.position} if is_sent else {})) for case in cases
        ]
        for is_sent in (True, False)
    }

    async def rate(is_sent: bool) -> float:
        sent = requests[is_sent]
        return await throughput(
            caller.url, prepare=lambda number: sent[number % len(sent)], connections=CONNECTIONS, seconds=SECONDS
        )

    return await interleaved(
        "GET /v1/cases/{case_id} with a position",
        unit="pages/s",
        against="the same without",
        aim=0.9,
        ours=lambda: rate(True),
        yardstick=lambda: rate(False),
    )


async def _read(caller: Customerwise, paths: list[str]) -> float:
    requests = [caller.read(path) for path in paths]
    return await throughput(
        caller.url,
        prepare=lambda number: requests[number % len(requests)],
        connections=CONNECTIONS,
        seconds=SECONDS,
    )


async def _registered(caller: Customerwise) -> list[Registered]:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {caller.token}"}
    cases = []
    async with httpx2.AsyncClient(trust_env=False) as http:
        for number in range(_CASES):
            key = {"Idempotency-Key": new_id()}
            answer = await http.post(f"{caller.url}/v1/cases", headers=headers | key, content=case_body(number))
            answer.raise_for_status()
            [case_id] = _CASE.findall(answer.text)
            cases.append(Registered(case_id=case_id, position=answer.headers.get(HEADER, "")))
    return cases
