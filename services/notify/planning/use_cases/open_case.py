"""A case was registered: keep its facts, then plan the messages of the registration."""

from dataclasses import dataclass

from services.notify.cases.rules import Case, CaseEvent
from services.notify.cases.store import insert_case
from services.notify.planning.use_cases.plan_messages import PlanMessages, plan_messages
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """The case as it was registered, and the event that says so."""

    org: OrgId
    case: Case
    event: CaseEvent


async def open_case(tx: Transaction, cmd: OpenCase) -> None:
    """Store the case unless it is here, and plan."""
    await insert_case(tx, cmd.case, org=cmd.org)
    await plan_messages(tx, PlanMessages(org=cmd.org, case_id=cmd.case.case_id, event=cmd.event))
