"""A person acted on a case without changing what settlement knows of it; the four-eyes rule counts the touch."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.cases import store
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTouch:
    """Who touched which case."""

    org: OrgId
    case_id: str
    subject: str


async def record_touch(tx: Transaction, cmd: RecordTouch, *, now: datetime) -> None:
    """Store the touch; the earliest instant of a subject counts."""
    await store.touch(tx, org=cmd.org, case_id=cmd.case_id, subject=cmd.subject, at=now)
