"""Another service's event reaches a case: the pack may have the system take a step on it.

A refusal (the case has moved on, a gate does not hold) is an outcome, written into the timeline.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.intake.db import cases, dossiers
from services.intake.domain.case import SYSTEM
from services.intake.domain.dossier import context
from services.intake.domain.evaluation import holds, value
from services.intake.use_cases.take_step import TakeStep, take_step
from shared.db.transaction import Transaction
from shared.errors import ServiceError, Unavailable
from shared.ids import CaseId, OrgId, new_id
from shared.policy.sections.intake_workflow import Reaction, Step
from shared.policy.store import Policy, pinned


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What another service published about a case."""

    org: OrgId
    case_id: CaseId
    event: str
    data: Mapping[str, Any]
    at: datetime


async def react(tx: Transaction, happened: Happened, *, now: datetime) -> None:
    """Take every step that the case's pack wants taken on this event."""
    pack, version = await cases.policy_of(tx, org=happened.org, case_id=happened.case_id)
    policy = await pinned(tx, org=happened.org, pack=pack, version=version)
    for step in policy.intake.reactions.get(happened.event, ()):
        for reaction in step.on:
            if reaction.event == happened.event:
                await _take(tx, happened, step, reaction, policy=policy, now=now)


async def _take(
    tx: Transaction, happened: Happened, step: Step, reaction: Reaction, *, policy: Policy, now: datetime
) -> None:
    await dossiers.lock(tx, org=happened.org, case_id=happened.case_id)
    dossier = await dossiers.get(tx, org=happened.org, case_id=happened.case_id)
    if step.case_types and dossier.case.case_type not in step.case_types:
        return
    seen = context(dossier, policy.intake, actor=SYSTEM, now=now) | {"event": dict(happened.data)}
    at = happened.at if dossier.case.last_at <= happened.at <= now else None
    try:
        if not holds(reaction.when, seen):
            return
        values = {name: _entry(value(expression, seen)) for name, expression in reaction.input.items()}
        cmd = TakeStep(org=happened.org, case_id=happened.case_id, step=step.id, input=values, at=at)
        async with tx.conn.begin_nested():
            await take_step(tx, cmd, actor=SYSTEM, now=now)
    except Unavailable:
        raise
    except ServiceError as refusal:
        entry = _refused(step, refusal, happened, now=now)
        await cases.add_entry(tx, entry, org=happened.org, case_id=happened.case_id)


def _entry(value: object) -> object:
    if value is None or isinstance(value, bool | str | list):
        return value
    text = str(value)
    return int(text) if text.lstrip("-").isdigit() else text


def _refused(step: Step, refusal: ServiceError, happened: Happened, *, now: datetime) -> cases.TimelineEntry:
    return cases.TimelineEntry(
        entry_id=new_id(),
        at=happened.at,
        recorded_at=now,
        source="reaction",
        what=step.id,
        label_zh=f"未自动执行：{step.label.zh}",
        label_en=f"Not done automatically: {step.label.en}",
        actor=SYSTEM,
        cite=refusal.cite or step.cite,
        milestone=False,
        details={"event": happened.event, "code": refusal.code},
    )
