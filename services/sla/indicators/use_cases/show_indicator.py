"""The number of an indicator in a period, whether it meets its target, and the cases behind it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from services.sla.indicators import store as figures
from services.sla.indicators.rules.errors import PeriodInvalid
from services.sla.indicators.rules.figure import Totals, average_days, count, is_met, share
from services.sla.indicators.store import MOST_GROUPS, CaseFigure, Group, Of
from shared.kernel.errors import NotFound
from shared.kernel.ids import OrgId
from shared.kernel.periods import EXAMPLES, Period, period_at, period_named
from shared.packs.sla.model.indicators import Indicator
from shared.packs.store import PackRequired, Policy, in_force
from shared.platform.db.transaction import Transaction

_JUST_BEFORE: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which indicator (of which pack, when several have it), in which period: the present one when left out."""

    org: OrgId
    indicator: str
    pack: str | None
    period: str | None
    after: tuple[datetime, str] | None
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Defined:
    """An indicator as a pack defines it, and a period of it."""

    pack: str
    rule: Indicator
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownIndicator:
    """The number (None without cases), exactly; the groups are those with most cases when `more_groups`."""

    defined: Defined
    is_over: bool
    value: Fraction | None
    met: bool | None
    totals: Totals
    groups: list[Group]
    more_groups: bool
    cases: list[CaseFigure]


async def show_indicator(tx: Transaction, asked: Asked, *, now: datetime) -> ShownIndicator:
    """The number and one page of its cases (`limit` of them). Raises NotFound, PackRequired, PeriodInvalid."""
    defined = await _defined(tx, asked, now=now)
    rule, period = defined.rule, defined.period
    of = Of(org=asked.org, pack=defined.pack, indicator=rule.id, starts_at=period.starts_at, ends_at=period.ends_at)
    totals = await figures.totals(tx, of)
    groups = await figures.groups(tx, of) if rule.measure.by is not None else []
    value = _value(rule, totals)
    return ShownIndicator(
        defined=defined,
        is_over=period.ends_at <= now,
        value=value,
        met=_met(rule, value),
        totals=totals,
        groups=groups[:MOST_GROUPS],
        more_groups=len(groups) > MOST_GROUPS,
        cases=await figures.page(tx, of, after=asked.after, limit=asked.limit),
    )


async def list_indicators(tx: Transaction, *, org: OrgId, now: datetime) -> list[Defined]:
    """The indicators of the packs in force, each with its present period."""
    return [
        Defined(pack=policy.name, rule=rule, period=period_at(rule.every, now, zone=ZoneInfo(policy.pack.zone)))
        for policy in await in_force(tx, org=org, at=now)
        for rule in policy.sla.indicators
    ]


async def _defined(tx: Transaction, asked: Asked, *, now: datetime) -> Defined:
    """As the version in force at the period's end says; where that one has no such indicator, as today's says."""
    present = _only(await in_force(tx, org=asked.org, at=now), asked)
    rule = _rule(present, asked)
    zone = ZoneInfo(present.pack.zone)
    if asked.period is None:
        return Defined(pack=present.name, rule=rule, period=period_at(rule.every, now, zone=zone))
    period = period_named(asked.period, zone=zone)
    if period is not None and period.ends_at <= now:
        then = await in_force(tx, org=asked.org, at=period.ends_at - _JUST_BEFORE)
        rule = next((one for p in then if p.name == present.name and (one := p.sla.indicator(rule.id))), rule)
    if period is None or period.every != rule.every:
        raise PeriodInvalid(fields={"every": rule.every, "example": EXAMPLES[rule.every]})
    return Defined(pack=present.name, rule=rule, period=period)


def _only(policies: list[Policy], asked: Asked) -> Policy:
    having = [policy for policy in policies if policy.sla.indicator(asked.indicator) is not None]
    named = [policy for policy in having if asked.pack in {None, policy.name}]
    if not named:
        raise NotFound
    if len(named) > 1:
        raise PackRequired(fields={"packs": [policy.name for policy in named]})
    return named[0]


def _rule(policy: Policy, asked: Asked) -> Indicator:
    rule = policy.sla.indicator(asked.indicator)
    if rule is None:
        raise NotFound
    return rule


def _value(rule: Indicator, totals: Totals) -> Fraction | None:
    match rule.measure.kind:
        case "average_days":
            return average_days(totals)
        case "share":
            return share(totals)
        case "count":
            return count(totals)


def _met(rule: Indicator, value: Fraction | None) -> bool | None:
    if value is None or rule.target is None:
        return None
    return is_met(value, at_most=rule.target.at_most, at_least=rule.target.at_least)
