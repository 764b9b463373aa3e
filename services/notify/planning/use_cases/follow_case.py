"""A step was taken on a case: keep its new facts, then plan the messages of the step."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.notify.cases.rules import CaseEvent, Fact, advanced
from services.notify.cases.store import save_case
from services.notify.planning.store import get_case_context
from services.notify.planning.use_cases.plan_messages import plan_from
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowCase:
    """What the case is after the step, and the event that says so."""

    org: OrgId
    case_id: str
    status: str
    owner: str
    facts: Mapping[str, Fact]
    milestones: tuple[str, ...]
    event: CaseEvent


async def follow_case(tx: Transaction, cmd: FollowCase) -> None:
    """Store the case's new state, and plan. Raises CaseNotHereYet."""
    context = await get_case_context(tx, org=cmd.org, case_id=cmd.case_id, lock=True)
    case = advanced(context.case, status=cmd.status, owner=cmd.owner, facts=cmd.facts, milestones=cmd.milestones)
    await save_case(tx, case, org=cmd.org)
    await plan_from(tx, cmd.event, org=cmd.org, context=context.with_case(case))
