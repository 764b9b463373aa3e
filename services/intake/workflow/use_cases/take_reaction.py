"""The system takes one step on one case because something happened: there, or at the other end of a link.

A refusal (the case has moved on, a gate does not hold) is an outcome, written into the timeline.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.intake.cases.rules.history import TimelineEntry
from services.intake.cases.store.history import add_entry
from services.intake.dossier.store import load_case
from services.intake.entries.rules.evaluation import holds, value
from services.intake.workflow.rules.step import StepResult
from services.intake.workflow.use_cases.take_step import TakeStep, take_step
from shared.kernel.actor import SYSTEM
from shared.kernel.errors import ServiceError, Unavailable
from shared.kernel.ids import CaseId, OrgId, new_id
from shared.packs.intake.model.workflow import Reaction, Step
from shared.packs.language.values import plain
from shared.platform.db.transaction import Transaction, savepoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What happened, when, and what expressions see of it; `of` is the number of the linked case where it did."""

    event: str
    data: Mapping[str, Any]
    at: datetime
    of: str | None = None

    def remedy_of(self, reaction: Reaction) -> str | None:
        """The remedy of the case itself that the event is about; None of another event, and of a linked case's."""
        remedy = self.data.get("remedy_id") if reaction.relation is None else None
        return remedy if isinstance(remedy, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeReaction:
    """The step that a pack wants taken, on which case, and why."""

    org: OrgId
    case_id: CaseId
    step: Step
    reaction: Reaction
    cause: Cause


async def take_reaction(tx: Transaction, wanted: TakeReaction, *, now: datetime) -> StepResult | None:
    """Take it where the case's type and `when` allow; None when it is not taken or was refused."""
    loaded = await load_case(tx, org=wanted.org, case_id=wanted.case_id, lock=True)
    case, step, reaction, cause = loaded.case, wanted.step, wanted.reaction, wanted.cause
    if step.case_types and case.case_type not in step.case_types:
        return None
    seen = loaded.seen_by(SYSTEM, now=now) | {"event": dict(cause.data)}
    at = cause.at if case.last_at <= cause.at <= now else None
    try:
        if not holds(reaction.when, seen):
            return None
        values = {name: plain(value(expression, seen)) for name, expression in reaction.input.items()}
        remedy = cause.remedy_of(reaction)
        cmd = TakeStep(org=wanted.org, case_id=wanted.case_id, step=step.id, input=values, at=at, upon_remedy=remedy)
        async with savepoint(tx):
            taken, _ = await take_step(tx, cmd, actor=SYSTEM, now=now)
    except Unavailable:
        raise
    except ServiceError as refusal:
        await note_refusal(tx, wanted, refusal, now=now)
        return None
    return taken


async def note_refusal(tx: Transaction, wanted: TakeReaction, refusal: ServiceError, *, now: datetime) -> None:
    """Write into the case's history that the system did not take the step, and why."""
    step, cause = wanted.step, wanted.cause
    entry = TimelineEntry(
        entry_id=new_id(),
        at=cause.at,
        recorded_at=now,
        source="reaction",
        what=step.id,
        label_zh=f"未自动执行：{step.label.zh}",
        label_en=f"Not done automatically: {step.label.en}",
        actor=SYSTEM,
        cite=refusal.cite or step.cite,
        milestone=False,
        details={"event": cause.event, "code": refusal.code} | ({"of": cause.of} if cause.of else {}),
    )
    await add_entry(tx, entry, org=wanted.org, case_id=wanted.case_id)
