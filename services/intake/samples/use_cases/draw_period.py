"""The draw of one sample for the period that ended: made and written down once, or the reason written down why not."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.intake.samples.rules import DrawnSample, seed_of
from services.intake.samples.store.draws import DrawRow, Given, add_draw, is_drawn
from services.intake.samples.store.population import Population
from services.intake.samples.use_cases.draw_sample import draw_sample
from shared.kernel.errors import ServiceError, Unavailable
from shared.kernel.ids import OrgId
from shared.kernel.periods import Period, period_at
from shared.packs.intake.model.samples import SampleRule
from shared.packs.store import Policy
from shared.platform.db.transaction import Transaction, savepoint
from shared.platform.observability.logging import logger

_JUST_BEFORE: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawPeriod:
    """Which sample of the policy that is in force at `at`, the first instant after the period."""

    org: OrgId
    policy: Policy
    rule: SampleRule
    at: datetime


async def draw_period(tx: Transaction, cmd: DrawPeriod, *, now: datetime) -> None:
    """Draw, unless the period has had its draw."""
    policy, rule = cmd.policy, cmd.rule
    period = period_at(rule.every, cmd.at - _JUST_BEFORE, zone=ZoneInfo(policy.pack.zone))
    if await is_drawn(tx, org=cmd.org, pack=policy.name, sample=rule.id, period=period.label):
        return
    row = DrawRow(
        pack=policy.name,
        sample=rule.id,
        period=period.label,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        decided_at=now,
        policy_version=policy.version,
        outcome="drawn",
        seed=seed_of(cmd.org, policy.name, rule.id, period.label),
    )
    drawn: DrawnSample | None = None
    try:
        async with savepoint(tx):
            drawn = await draw_sample(tx, _population(cmd, period), rule, seed=row.seed)
            row = replace(
                row,
                population=drawn.population,
                wanted=drawn.wanted,
                strata=drawn.strata,
                drawn=len(drawn.members),
            )
    except Unavailable:
        raise
    except ServiceError as refusal:
        row = replace(row, outcome="refused", code=refusal.code)
        named = f"{rule.id} {period.label}"
        logger().error("sample.refused", org=cmd.org, pack=policy.name, key=named, code=refusal.code)
    await add_draw(tx, row, drawn, Given(step=rule.step, role=rule.by, cite=rule.cite), org=cmd.org)


def _population(cmd: DrawPeriod, period: Period) -> Population:
    source = cmd.rule.from_
    return Population(
        org=cmd.org,
        pack=cmd.policy.name,
        case_types=source.case_types,
        reached=source.reached,
        statuses=source.statuses,
        when=source.when,
        period=period,
    )
