"""A person notes something on a case, without taking a step."""

from dataclasses import dataclass
from datetime import datetime

from services.intake.cases.rules.errors import CaseArchived, CasePurged
from services.intake.cases.rules.history import TimelineEntry
from services.intake.cases.store.cases import get_case, lock_case, policy_of
from services.intake.cases.store.history import add_entry
from shared.kernel.actor import Actor
from shared.kernel.ids import CaseId, OrgId, new_id
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class AddNote:
    """What is noted on which case."""

    org: OrgId
    case_id: CaseId
    text: str


async def add_note(tx: Transaction, cmd: AddNote, *, actor: Actor, now: datetime) -> TimelineEntry:
    """Write it into the case's history. Raises CaseUnknown, CaseArchived, CasePurged."""
    await lock_case(tx, org=cmd.org, case_id=cmd.case_id)
    case = await get_case(tx, org=cmd.org, case_id=cmd.case_id)
    if case.is_purged:
        raise CasePurged
    policy = await policy_of(tx, case)
    if policy.intake.statuses_by_id[case.status].phase == "archived":
        raise CaseArchived(fields={"status": case.status})
    entry = TimelineEntry(
        entry_id=new_id(),
        at=now,
        recorded_at=now,
        source="note",
        what="note",
        label_zh="备注",
        label_en="Note",
        actor=actor,
        cite=None,
        milestone=False,
        details={"input": {"text": cmd.text}},
    )
    await add_entry(tx, entry, org=cmd.org, case_id=cmd.case_id)
    return entry
