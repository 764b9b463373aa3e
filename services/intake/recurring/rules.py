"""When recurring cases open and samples are drawn, and for which period.

A period opens its case at one of its two ends, which are local midnights. The version of the pack that is in
force at that instant decides; versions follow one another and never overlap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Literal
from zoneinfo import ZoneInfo

from services.intake.entries.rules.evaluation import holds, value
from services.intake.entries.rules.values import Value, computed
from services.intake.samples.rules import DrawnSample, period_seen
from shared.kernel import periods
from shared.kernel.periods import Every, Period
from shared.packs.intake.model.recurring import Recurring
from shared.packs.intake.model.samples import SampleRule
from shared.packs.intake.model.section import IntakeSection

Outcome = Literal["opened", "skipped", "refused"]
"""What became of a period: its case is there, the rule wanted none, or the pack's own rules refused it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionInForce:
    """What one version of a pack says about a recurring case or a sample (None: nothing), from when, in which zone."""

    begins_at: datetime
    zone: ZoneInfo
    rule: Recurring | SampleRule | None


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


def opening(rule: Recurring, section: IntakeSection, *, period: Period, drawn: DrawnSample | None) -> Opening | None:
    """The facts and owner of the period's case; None when the rule wants none. Raises FactInvalid."""
    seen = period_seen(period)
    if drawn is not None:
        seen["sample"] = {"population": drawn.population, "size": len(drawn.members)}
    if not holds(rule.when, seen):
        return None
    facts = {name: computed(section.facts_by_id[name], value(formula, seen)) for name, formula in rule.facts.items()}
    if rule.sample is not None and drawn is not None:
        facts[rule.sample.into] = drawn.numbers
    return Opening(facts=facts, owner=rule.owner)
