"""What was written down wrongly about the customer of a case was put right: keep it, then plan what it causes."""

from dataclasses import dataclass, replace

from services.notify.cases.rules import CaseEvent
from services.notify.cases.store import save_references
from services.notify.planning.store import get_case_context
from services.notify.planning.use_cases.plan_messages import plan_from
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectCase:
    """By what the customer's systems know the case, and the event that says so."""

    org: OrgId
    case_id: str
    customer_ref: str
    order_ref: str | None
    event: CaseEvent


async def correct_case(tx: Transaction, cmd: CorrectCase) -> None:
    """Store the references, and plan. Messages that were planned before keep their words. Raises CaseNotHereYet."""
    context = await get_case_context(tx, org=cmd.org, case_id=cmd.case_id, lock=True)
    case = replace(context.case, customer_ref=cmd.customer_ref, order_ref=cmd.order_ref)
    await save_references(tx, case, org=cmd.org)
    await plan_from(tx, cmd.event, org=cmd.org, context=context.with_case(case))
