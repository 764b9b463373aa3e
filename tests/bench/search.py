"""Search, work lists and statistics of one organisation with a million cases, over HTTP."""

import math
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx2

from operate.runtime.embedded import admin_url, database_url
from operate.runtime.stack import Stack
from tests.bench.organisation import Customerwise, on_the_real_clock
from tests.bench.seed_cases import OLD_BRAND, RARE, Plan, Seeded, seed, seeded

CASES: Final = 1_000_000
TIMES: Final = 300
WARMING: Final = 30
"""Questions of a kind that are asked before; the slowest of them is told apart."""
AIM_P99_SECONDS: Final = 0.2
AIM_STATISTICS_SECONDS: Final = 2.0
_SPAN: Final = {"from": "2025-04-01T00:00:00Z", "to": "2025-07-01T00:00:00Z"}

_ASKED: Final = WARMING + TIMES
_IN_NO_CASE: Final = ("裂燊江", "划伤热轧", "钢鑫", "9" * 9)

Params = Mapping[str, str | int | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How long one kind of question took, in seconds, asked one after the other by one client.

    `p99` is by nearest rank; `cold` the slowest answer while the pages were read for the first time.
    """

    name: str
    cold: float
    p50: float
    p99: float
    most: float
    times: int
    aim: float

    @property
    def met(self) -> bool:
        return self.p99 < self.aim

    def line(self) -> str:
        verdict = "met" if self.met else "MISSED"
        return (
            f"{self.name:<44}p50 {self.p50 * 1000:.0f} ms, p99 {self.p99 * 1000:.0f} ms, most {self.most * 1000:.0f} ms"
            f" ({self.times} times; before, cold: {self.cold * 1000:.0f}), aim p99 < {self.aim * 1000:.0f} ms: {verdict}"
        )

    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "met": self.met}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """How long the cases took to load, indexes included, and what they take on disk."""

    cases: int
    seconds: float
    megabytes: dict[str, int]

    def line(self) -> str:
        parts = ", ".join(f"{name} {size:,}" for name, size in self.megabytes.items())
        return f"{self.cases:,} cases by COPY in {self.seconds:.0f} s, {sum(self.megabytes.values()):,} MB: {parts}"

    def as_json(self) -> dict[str, object]:
        return {"name": "seeded cases", **asdict(self)}


async def measure(stack: Stack, *, cases: int = CASES) -> list[Answered | Loaded]:
    """Load the cases and ask every kind of question `TIMES` times, once the first answers are given."""
    caller = await on_the_real_clock(stack)
    began = time.perf_counter()
    where = urlsplit(database_url(stack, "intake")).path
    url = urlsplit(admin_url(stack))._replace(path=where).geturl()
    sizes = await seed(Plan(url=url, org=caller.org, cases=cases))
    loaded = Loaded(
        cases=cases,
        seconds=time.perf_counter() - began,
        megabytes={name: size // 2**20 for name, size in sizes.items()},
    )
    print(f"         {loaded.line()}", flush=True)
    async with httpx2.AsyncClient(trust_env=False, base_url=caller.url, timeout=60) as http:
        return [loaded, *[await _asked(http, caller, question) for question in _questions(cases)]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One kind of question: the path and one set of parameters for each time it is asked."""

    name: str
    path: str
    params: Sequence[Params]
    aim: float = AIM_P99_SECONDS


def _questions(cases: int) -> list[Question]:
    dice = random.Random(9)
    chosen = [seeded(dice.randrange(cases), of=cases) for _ in range(_ASKED)]
    return [
        *[_search(name, [text(case, dice) for case in chosen]) for name, text in _SEARCHES.items()],
        _search("words of old cases only", [OLD_BRAND[at % 2 :][: 1 + at % 2] for at in range(_ASKED)]),
        _search("one rare character", [RARE] * _ASKED),
        _search("words that stand in no case", [_IN_NO_CASE[at % len(_IN_NO_CASE)] for at in range(_ASKED)]),
        *[_tasks(name, [params] * _ASKED) for name, params in _TASKS.items()],
        _tasks("with an order", [{"q": case.order_ref} for case in chosen]),
        Question(name="statistics of a quarter", path="/v1/statistics", params=[_SPAN] * 6, aim=AIM_STATISTICS_SECONDS),
    ]


_SEARCHES: Final[dict[str, Callable[[Seeded, random.Random], str]]] = {
    "one Chinese character": lambda case, dice: dice.choice([c for c in case.name + case.description if c > "一"]),
    "two to four Chinese characters": lambda case, dice: case.description[: dice.randrange(2, 5)],
    "a whole sentence": lambda case, _: case.description,
    "a phone with its blanks": lambda case, _: case.phone,
    "the last four digits of a phone": lambda case, _: case.phone[-4:],
    "an order": lambda case, _: case.order_ref,
    "the beginning of an order": lambda case, dice: case.order_ref[: dice.randrange(7, 13)],
    "a case number": lambda case, _: case.number,
    "a name": lambda case, _: case.name,
    "a piece of a name": lambda case, _: case.name[2:6],
}
_TASKS: Final[dict[str, Params]] = {
    "all": {},
    "mine": {"mine": True},
    "of one role": {"role": "role3"},
    "of one kind": {"kind": "approval"},
    "overdue": {"overdue": True},
    "of one case type": {"case_type": "enquiry"},
    "with words": {"q": "裂纹"},
}


def _search(name: str, texts: Sequence[str]) -> Question:
    return Question(name=f"search: {name}", path="/v1/cases", params=[{"q": text} for text in texts])


def _tasks(name: str, params: Sequence[Params]) -> Question:
    return Question(name=f"tasks: {name}", path="/v1/tasks", params=params)


async def _asked(http: httpx2.AsyncClient, caller: Customerwise, question: Question) -> Answered:
    headers = {"Authorization": f"Bearer {caller.token}"}
    waits = []
    for params in question.params:
        began = time.perf_counter()
        answer = await http.get(question.path, params=dict(params), headers=headers)
        waits.append(time.perf_counter() - began)
        if answer.status_code != httpx2.codes.OK:
            raise RuntimeError(f"{question.name} {params}: {answer.status_code} {answer.text[:300]}")
    warming = min(WARMING, len(waits) // 6)
    cold, waits = max(waits[:warming]), sorted(waits[warming:])
    result = Answered(
        name=question.name,
        p50=statistics.median(waits),
        cold=cold,
        p99=waits[math.ceil(len(waits) * 0.99) - 1],
        most=waits[-1],
        times=len(waits),
        aim=question.aim,
    )
    print(f"         {result.line()}", flush=True)
    return result
