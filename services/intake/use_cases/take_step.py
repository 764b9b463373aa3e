"""A step of the pack is taken on a case: by a person over HTTP, or by the system when an event arrives.

What linked cases do upon it is `follow_links`' part.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from services.intake import announce
from services.intake.db import cases, dossiers
from services.intake.domain import step as steps
from services.intake.domain.case import Actor
from services.intake.domain.dossier import Dossier
from services.intake.domain.link import Linked
from services.intake.domain.numbering import series
from services.intake.domain.permit import Attempt, Permit, permit
from services.intake.domain.step import Ids, Taken
from services.intake.use_cases.open_linked import open_linked
from shared.kernel.ids import CaseId, OrgId, new_id
from shared.packs.store import Policy, pinned
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeStep:
    """Which step of which case, with what, and when it happened in the field."""

    org: OrgId
    case_id: CaseId
    step: str
    input: Mapping[str, object]
    at: datetime | None = None


async def take_step(tx: Transaction, cmd: TakeStep, *, actor: Actor, now: datetime) -> tuple[Taken, Policy]:
    """Take it. Raises what refuses it; nothing is changed then."""
    await dossiers.lock(tx, org=cmd.org, case_id=cmd.case_id)
    dossier = await dossiers.get(tx, org=cmd.org, case_id=cmd.case_id)
    case = dossier.case
    policy = await pinned(tx, org=cmd.org, pack=case.pack, version=case.pack_version)
    attempt = Attempt(step=cmd.step, input=cmd.input, actor=actor, now=now, stated_at=cmd.at)
    permitted = permit(dossier, policy.intake, attempt)
    number = await _number(tx, permitted, dossier, policy)
    ids = Ids(document=new_id(), record=new_id(), visit=new_id())
    taken = steps.take(permitted, dossier, policy.intake, ids=ids, number=number)
    await _save(tx, taken)
    await announce.advanced(tx, taken, section=policy.intake)
    taken = replace(taken, linked=await open_linked(tx, taken, dossier, policy))
    await cases.add_entry(tx, _entry(taken), org=cmd.org, case_id=cmd.case_id)
    return taken, policy


async def _number(tx: Transaction, permitted: Permit, dossier: Dossier, policy: Policy) -> str | None:
    effect = permitted.step.document
    if effect is None or not steps.needs_number(permitted, dossier):
        return None
    template = policy.intake.documents_by_id[effect.template]
    today = permitted.attempt.now.astimezone(ZoneInfo(policy.pack.zone)).date()
    return await cases.next_number(tx, series(template.number, on=today), org=dossier.case.org)


async def _save(tx: Transaction, taken: Taken) -> None:
    case = taken.case
    await cases.save(tx, case)
    for document in (taken.superseded, taken.document):
        if document is not None:
            await cases.save_document(tx, document, case=case)
    if taken.record is not None:
        await cases.add_record(tx, taken.record, case=case)
    if taken.visit is not None:
        await cases.save_visit(tx, taken.visit, case=case)
    if taken.archive is not None:
        await cases.add_archive(tx, taken.archive, case=case, actor=taken.attempt.actor)


def _opened(linked: Linked) -> dict[str, str]:
    return {"relation": linked.relation, "case_id": linked.case_id, "number": linked.number}


def _entry(taken: Taken) -> cases.TimelineEntry:
    step, attempt = taken.step, taken.attempt
    return cases.TimelineEntry(
        entry_id=new_id(),
        at=taken.at,
        recorded_at=attempt.now,
        source="step",
        what=step.id,
        label_zh=step.label.zh,
        label_en=step.label.en,
        actor=attempt.actor,
        cite=step.cite,
        milestone=False,
        details={
            "status": taken.case.status,
            "milestones": [reached.name for reached in taken.reached],
            "input": dict(taken.details),
            **({"opened": [_opened(linked) for linked in taken.linked]} if taken.linked else {}),
        },
    )
