"""What the calendar brings next, for one period: a case is opened or a sample drawn, or it is written down why not."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.intake.cases.announce import announced
from services.intake.cases.rules.case import Case
from services.intake.cases.rules.registration import CaseRegistered, RegistrationRequest
from services.intake.cases.store.counters import next_number
from services.intake.cases.store.registrations import insert_case
from services.intake.cases.use_cases.decide_registration import DecideRegistration, decide_registration
from services.intake.recurring.rules import Opening, next_opening, opening, period_at
from services.intake.recurring.store import (
    PeriodRow,
    Recurrence,
    claim_due,
    is_settled,
    save_recurrence,
    settle,
)
from services.intake.recurring.use_cases.schedule_recurring import forces_of, versions_of
from services.intake.samples.rules import DrawnSample, seed_of
from services.intake.samples.store.population import Population
from services.intake.samples.use_cases.draw_period import DrawPeriod, draw_period
from services.intake.samples.use_cases.draw_sample import draw_sample
from shared.kernel.actor import SYSTEM
from shared.kernel.errors import ServiceError, Unavailable
from shared.kernel.ids import CaseId, new_id
from shared.kernel.periods import Period
from shared.packs.intake.model.links import INTERNAL
from shared.packs.intake.model.recurring import Recurring
from shared.packs.intake.model.samples import SampleRule
from shared.packs.store import Policy, effective
from shared.platform.db.transaction import Transaction, savepoint
from shared.platform.observability.logging import logger
from shared.platform.organisation_clock import organisation_now
from shared.platform.outbox.append import append

_JUST_AFTER: Final = timedelta(microseconds=1)


async def open_recurring(tx: Transaction, *, simulated: bool) -> bool:
    """Settle the period that is due first; False when none is."""
    due = await claim_due(tx, simulated=simulated)
    if due is None or due.next_at is None:
        return False
    versions = await versions_of(tx, org=due.org, pack=due.pack)
    since = due.next_at + _JUST_AFTER
    next_at = next_opening(forces_of(versions, due.recurring), since=since)
    await _settle(tx, due, at=due.next_at)
    await save_recurrence(tx, replace(due, since=since, next_at=next_at))
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _DuePeriod:
    """One period of one rule, under the policy in force when it is due."""

    due: Recurrence
    rule: Recurring
    policy: Policy
    period: Period
    row: PeriodRow


async def _settle(tx: Transaction, due: Recurrence, *, at: datetime) -> None:
    policy = await effective(tx, org=due.org, pack=due.pack, at=at)
    rule = policy.intake.timed_by_id.get(due.recurring)
    if isinstance(rule, SampleRule):
        now = await organisation_now(tx, due.org)
        await draw_period(tx, DrawPeriod(org=due.org, policy=policy, rule=rule, at=at), now=now)
        return
    if rule is None:
        return
    period = period_at(rule, at, zone=ZoneInfo(policy.pack.zone))
    if await is_settled(tx, due, period=period.label):
        return
    row = PeriodRow(
        pack=due.pack,
        recurring=due.recurring,
        period=period.label,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        due_at=at,
        decided_at=await organisation_now(tx, due.org),
        policy_version=policy.version,
        outcome="skipped",
    )
    turn = _DuePeriod(due=due, rule=rule, policy=policy, period=period, row=row)
    try:
        async with savepoint(tx):
            row = await _decided(tx, turn)
    except Unavailable:
        raise
    except ServiceError as refusal:
        row = replace(row, outcome="refused", code=refusal.code)
        named = f"{rule.id} {period.label}"
        logger().error("recurring.refused", org=due.org, pack=due.pack, key=named, code=refusal.code)
    await settle(tx, due.org, row)


async def _decided(tx: Transaction, turn: _DuePeriod) -> PeriodRow:
    row, drawn = turn.row, await _drawn(tx, turn)
    if drawn is not None:
        row = replace(row, population=drawn.population, sample=drawn.numbers)
    wanted = opening(turn.rule, turn.policy.intake, period=turn.period, drawn=drawn)
    if wanted is None:
        return row
    case = await _opened(tx, turn, wanted)
    return replace(row, outcome="opened", case_id=case.case_id, number=case.number)


async def _drawn(tx: Transaction, turn: _DuePeriod) -> DrawnSample | None:
    sample, due = turn.rule.sample, turn.due
    if sample is None:
        return None
    population = Population(
        org=due.org,
        pack=due.pack,
        case_types=sample.case_types,
        reached=sample.reached,
        statuses=(),
        when=sample.when,
        period=turn.period,
    )
    seed = seed_of(due.org, due.pack, turn.rule.id, turn.period.label)
    return await draw_sample(tx, population, sample, seed=seed)


async def _opened(tx: Transaction, turn: _DuePeriod, wanted: Opening) -> Case:
    """The case, received when it was due."""
    policy, org, due_at = turn.policy, turn.due.org, turn.row.due_at
    request = RegistrationRequest(
        case_type=turn.rule.case_type,
        channel=INTERNAL,
        customer_ref=INTERNAL,
        order_ref=None,
        description=None,
        facts={},
        received_at=due_at,
        first_responder=SYSTEM.subject,
        contact_id=None,
        owner=wanted.owner,
        drawn=wanted.facts,
    )
    today = due_at.astimezone(ZoneInfo(policy.pack.zone)).date()
    decided = DecideRegistration(request=request, policy=policy, ids=(org, CaseId(new_id())), today=today)
    registration = await decide_registration(tx, decided, actor=SYSTEM, now=turn.row.decided_at)
    case = replace(registration.case, number=await next_number(tx, registration.series, org=org))
    await insert_case(tx, case, parties=(), contact=None)
    await append(tx, announced(CaseRegistered(case=case, parties=(), section=policy.intake, actor=SYSTEM)))
    return case
