"""The number of an indicator in a period, whether it meets its target, and the cases behind it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from services.sla.indicators import store
from services.sla.indicators.rules.errors import PeriodInvalid
from services.sla.indicators.rules.number import Totals, met, value
from services.sla.indicators.store import MOST_GROUPS, CaseFigure, Group, Selection
from shared.kernel.errors import NotFound
from shared.kernel.ids import OrgId
from shared.kernel.periods import EXAMPLES, Period, period_at, period_named
from shared.packs.sla.model.indicators import Indicator
from shared.packs.store import PackRequired, Policy, in_force
from shared.platform.db.transaction import Transaction

_JUST_BEFORE: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowIndicator:
    """Which indicator (of which pack, when several have it), in which period: the present one when left out."""

    org: OrgId
    indicator: str
    pack: str | None
    period: str | None
    after: tuple[datetime, str] | None
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinedIndicator:
    """An indicator as a pack defines it, and a period of it."""

    pack: str
    rule: Indicator
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownIndicator:
    """The number (None without cases), exactly; the groups are those with most cases when `more_groups`."""

    defined: DefinedIndicator
    is_over: bool
    value: Fraction | None
    met: bool | None
    totals: Totals
    groups: list[Group]
    more_groups: bool
    cases: list[CaseFigure]


async def show_indicator(tx: Transaction, cmd: ShowIndicator, *, now: datetime) -> ShownIndicator:
    """The number and one page of its cases (`limit` of them). Raises NotFound, PackRequired, PeriodInvalid."""
    defined = await _defined(tx, cmd, now=now)
    rule, period = defined.rule, defined.period
    selection = Selection(
        org=cmd.org, pack=defined.pack, indicator=rule.id, starts_at=period.starts_at, ends_at=period.ends_at
    )
    totals = await store.totals(tx, selection)
    groups = await store.groups(tx, selection) if rule.measure.by is not None else []
    number = value(rule, totals)
    return ShownIndicator(
        defined=defined,
        is_over=period.ends_at <= now,
        value=number,
        met=met(rule, number),
        totals=totals,
        groups=groups[:MOST_GROUPS],
        more_groups=len(groups) > MOST_GROUPS,
        cases=await store.page(tx, selection, after=cmd.after, limit=cmd.limit),
    )


async def list_indicators(tx: Transaction, *, org: OrgId, now: datetime) -> list[DefinedIndicator]:
    """The indicators of the packs in force, each with its present period."""
    return [
        DefinedIndicator(
            pack=policy.name, rule=rule, period=period_at(rule.every, now, zone=ZoneInfo(policy.pack.zone))
        )
        for policy in await in_force(tx, org=org, at=now)
        for rule in policy.sla.indicators
    ]


async def _defined(tx: Transaction, cmd: ShowIndicator, *, now: datetime) -> DefinedIndicator:
    """As the version in force at the period's end says; where that one has no such indicator, as today's says."""
    present = _only(await in_force(tx, org=cmd.org, at=now), cmd)
    rule = _rule(present, cmd)
    zone = ZoneInfo(present.pack.zone)
    if cmd.period is None:
        return DefinedIndicator(pack=present.name, rule=rule, period=period_at(rule.every, now, zone=zone))
    period = period_named(cmd.period, zone=zone)
    if period is not None and period.ends_at <= now:
        then = await in_force(tx, org=cmd.org, at=period.ends_at - _JUST_BEFORE)
        rule = next((one for p in then if p.name == present.name and (one := p.sla.indicator(rule.id))), rule)
    if period is None or period.every != rule.every:
        raise PeriodInvalid(fields={"every": rule.every, "example": EXAMPLES[rule.every]})
    return DefinedIndicator(pack=present.name, rule=rule, period=period)


def _only(policies: list[Policy], cmd: ShowIndicator) -> Policy:
    having = [policy for policy in policies if policy.sla.indicator(cmd.indicator) is not None]
    named = [policy for policy in having if cmd.pack in {None, policy.name}]
    if not named:
        raise NotFound
    if len(named) > 1:
        raise PackRequired(fields={"packs": [policy.name for policy in named]})
    return named[0]


def _rule(policy: Policy, cmd: ShowIndicator) -> Indicator:
    rule = policy.sla.indicator(cmd.indicator)
    if rule is None:
        raise NotFound
    return rule
