"""Packs: how many conditions are evaluated a second, and how often the largest pack can be checked for publication."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import zen

from shared.packs.documents import parse_sections
from shared.packs.language.expression import Expression
from shared.packs.publishing.check import check
from shared.packs.publishing.draft import draft_of
from shared.packs.publishing.load import load_pack
from tests.bench.pairs import Figure, interleaved

LARGEST: Final = "laigang"
ROUNDS: Final = 200
"""Each round evaluates every condition of a clock once."""


async def measure() -> list[Figure]:
    """Evaluations a second against the engine given just what the condition reads; checks against reading the models."""
    loaded = load_pack(LARGEST)
    sections, documents = loaded.valid(), loaded.documents
    facts = dict.fromkeys(sections.intake.facts_by_id)
    context = {"facts": facts, "case": {"case_type": "quality_objection", "channel": "phone"}}
    conditions = [goal.when for clock in sections.sla.clocks for goal in clock.goals if goal.when is not None]
    bare = [(zen.compile_expression(each.spelled), _read_by(each, context)) for each in conditions]

    async def ours() -> float:
        return _rate(len(conditions), lambda: [each.holds(context) for each in conditions], rounds=ROUNDS)

    async def engine() -> float:
        return _rate(len(bare), lambda: [program.evaluate(read) for program, read in bare], rounds=ROUNDS)

    async def checks() -> float:
        return 60 * _rate(1, lambda: list(check(draft_of(documents))), rounds=3)

    async def models() -> float:
        return 60 * _rate(1, lambda: parse_sections(documents), rounds=3)

    return [
        await interleaved(
            "conditions evaluated",
            unit="per second",
            against="the engine with what they read",
            aim=0.1,
            ours=ours,
            yardstick=engine,
        ),
        await interleaved(
            "checks of the largest pack",
            unit="per minute",
            against="reading its models",
            aim=0.2,
            ours=checks,
            yardstick=models,
        ),
    ]


def _read_by(condition: Expression, context: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    read: dict[str, dict[str, Any]] = {}
    for root, *names in condition.variables:
        read.setdefault(root, {}).update({name: context[root].get(name) for name in names[:1]})
    return read


def _rate(items: int, work: Callable[[], object], *, rounds: int) -> float:
    began = time.perf_counter()
    for _ in range(rounds):
        work()
    return items * rounds / (time.perf_counter() - began)
