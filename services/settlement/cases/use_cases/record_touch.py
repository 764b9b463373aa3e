"""A person acted on a case without a step; the four-eyes rule counts the touch, gates may ask for the milestone."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.cases import store
from services.settlement.cases.rules import with_milestones
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTouch:
    """Who touched which case, and what it reached by that."""

    org: OrgId
    case_id: str
    milestones: tuple[str, ...]
    subject: str


async def record_touch(tx: Transaction, cmd: RecordTouch, *, now: datetime) -> None:
    """Store the touch; the earliest instant of a subject counts. Raises CaseUnknown with milestones."""
    if cmd.milestones:
        known = await store.get(tx, org=cmd.org, case_id=cmd.case_id, lock=True)
        await store.save(tx, with_milestones(known, cmd.milestones))
    await store.touch(tx, org=cmd.org, case_id=cmd.case_id, subject=cmd.subject, at=now)
