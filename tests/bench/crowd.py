"""Two hundred clients at once for thirty seconds: what each is answered, and how long they wait."""

import asyncio
import re
import statistics
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Final
from urllib.parse import urlsplit

from operate.runtime.stack import Stack
from tests.bench.load import Answered, exchange
from tests.bench.organisation import Customerwise, on_the_real_clock

CLIENTS, SECONDS, ORGANISATIONS = 200, 30.0, 8
_READS_TO_A_WRITE: Final = 4
_PATHS: Final = ("/v1/cases?limit=20", "/v1/tasks?limit=20", "/v1/cases?q=SO-2026-7&limit=20", "/v1/tasks?mine=true")
_REFUSED: Final = 400
_CODE: Final = re.compile(rb'"code":"(\w+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Answers by status and code; percentiles in seconds over those that were served."""

    name: str
    answers: dict[str, int]
    p50: float
    p99: float
    most: float
    per_second: float
    seconds: float = field(default=SECONDS)

    @property
    def met(self) -> bool:
        """No client is refused: this many clients are no overload."""
        return set(self.answers) <= {"200", "201"}

    def line(self) -> str:
        codes = ", ".join(f"{answer}: {count}" for answer, count in sorted(self.answers.items()))
        return (
            f"{self.name:<44}{codes}; {self.per_second:,.0f}/s, p50 {self.p50 * 1000:.0f} ms,"
            f" p99 {self.p99 * 1000:.0f} ms, most {self.most * 1000:.0f} ms,"
            f" aim no refusal: {'met' if self.met else 'MISSED'}"
        )

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "met": self.met}


async def measure(stack: Stack) -> Crowd:
    """Each client keeps one connection and asks again as soon as it is answered; every fifth request registers a case."""
    callers = [await on_the_real_clock(stack) for _ in range(ORGANISATIONS)]
    answered: list[Answered] = []
    end = time.perf_counter() + SECONDS
    await asyncio.gather(
        *(_client(callers[number % ORGANISATIONS], number, end, answered) for number in range(CLIENTS))
    )
    served = sorted(each.seconds for each in answered if each.status < _REFUSED)
    return Crowd(
        name=f"intake, {CLIENTS} clients of {ORGANISATIONS} organisations",
        answers=dict(Counter(map(_answer, answered))),
        p50=statistics.median(served),
        p99=served[int(len(served) * 0.99)],
        most=served[-1],
        per_second=len(served) / SECONDS,
    )


def _answer(answered: Answered) -> str:
    """`201`, or `503 busy`."""
    code = _CODE.search(answered.body) if answered.status >= _REFUSED else None
    return f"{answered.status} {code[1].decode()}" if code else str(answered.status)


async def _client(caller: Customerwise, number: int, end: float, answered: list[Answered]) -> None:
    parts = urlsplit(caller.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    turn = number
    while time.perf_counter() < end:
        turn += 1
        is_write = turn % (_READS_TO_A_WRITE + 1) == 0
        request = caller.request(turn * CLIENTS + number) if is_write else caller.read(_PATHS[turn % len(_PATHS)])
        answered.append(await exchange(reader, writer, request))
    writer.close()
