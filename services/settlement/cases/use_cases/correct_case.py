"""What was written down wrongly about the customer of a case was put right at intake."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.settlement.cases import store
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectCase:
    """By what the customer's systems know the case, and who says so."""

    org: OrgId
    case_id: str
    customer_ref: str
    order_ref: str | None
    subject: str


async def correct_case(tx: Transaction, cmd: CorrectCase, *, now: datetime) -> None:
    """Store the references; a payout that was requested keeps what it was requested with. Raises CaseUnknown."""
    known = await store.get(tx, org=cmd.org, case_id=cmd.case_id, lock=True)
    await store.save(tx, replace(known, customer_ref=cmd.customer_ref, order_ref=cmd.order_ref))
    await store.touch(tx, org=cmd.org, case_id=cmd.case_id, subject=cmd.subject, at=now)
