"""When recurring cases open, for which period, and which cases a sample draws.

A period opens its case at one of its two ends, which are local midnights. The version of the pack that is in
force at that instant decides; versions follow one another and never overlap.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from itertools import zip_longest
from typing import Literal
from zoneinfo import ZoneInfo

from services.intake.entries.rules.evaluation import holds, value
from services.intake.entries.rules.values import Value, computed
from shared.kernel import periods
from shared.kernel.instants import instant_text
from shared.kernel.periods import Every, Period
from shared.packs.intake.model.recurring import Recurring
from shared.packs.intake.model.section import IntakeSection

Outcome = Literal["opened", "skipped", "refused"]
"""What became of a period: its case is there, the rule wanted none, or the pack's own rules refused it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionInForce:
    """What one version of a pack says about a recurring case (None: nothing), from when, and in which zone."""

    begins_at: datetime
    zone: ZoneInfo
    rule: Recurring | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnSample:
    """A sample: how many there were to draw from, and the numbers of the drawn, in ascending order."""

    population: int
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a case of a period is to be registered with."""

    facts: Mapping[str, Value]
    owner: str | None


def first_opening(every: Every, *, since: datetime, zone: ZoneInfo) -> datetime:
    """The first boundary between two periods at or after `since`."""
    period = periods.period_at(every, since, zone=zone)
    return since if period.starts_at == since else period.ends_at


def next_opening(forces: Sequence[VersionInForce], *, since: datetime) -> datetime | None:
    """When the next case is to be opened at or after `since`; None while no version wants one.

    `forces` are all versions of the pack in the order in which they come into force.
    """
    for force, following in zip_longest(forces, forces[1:]):
        if force.rule is not None:
            at = first_opening(force.rule.every, since=max(since, force.begins_at), zone=force.zone)
            if following is None or at < following.begins_at:
                return at
    return None


def period_at(rule: Recurring, at: datetime, *, zone: ZoneInfo) -> Period:
    """The period whose case opens at the boundary `at`: the one that begins there, or the one that ends there."""
    inside = at if rule.opens == "start" else at - timedelta(microseconds=1)
    return periods.period_at(rule.every, inside, zone=zone)


def draw(numbers: Iterable[str], *, rate: Decimal, seed: Sequence[str]) -> DrawnSample:
    """The share `rate` of the cases, rounded up: those whose hash with the seed is lowest."""
    population = sorted(set(numbers))
    size = int((rate * len(population)).to_integral_value(ROUND_CEILING))
    chosen = sorted(population, key=lambda number: _hash((*seed, number)))[:size]
    return DrawnSample(population=len(population), numbers=tuple(sorted(chosen)))


def opening(rule: Recurring, section: IntakeSection, *, period: Period, drawn: DrawnSample | None) -> Opening | None:
    """The facts and owner of the period's case; None when the rule wants none. Raises FactInvalid."""
    seen: dict[str, object] = {
        "period": {"start": instant_text(period.starts_at), "end": instant_text(period.ends_at), "label": period.label},
    }
    if drawn is not None:
        seen["sample"] = {"population": drawn.population, "size": len(drawn.numbers)}
    if not holds(rule.when, seen):
        return None
    facts = {name: computed(section.facts_by_id[name], value(formula, seen)) for name, formula in rule.facts.items()}
    if rule.sample is not None and drawn is not None:
        facts[rule.sample.into] = list(drawn.numbers)
    return Opening(facts=facts, owner=rule.owner)


def _hash(parts: Sequence[str]) -> bytes:
    return hashlib.sha256("\n".join(parts).encode()).digest()
