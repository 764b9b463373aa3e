"""One person's approval of an accepted remedy."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.db import cases, remedies
from services.settlement.domain import approval as table
from services.settlement.domain import gates
from services.settlement.domain import remedy as life
from services.settlement.domain.approval import Approval
from services.settlement.domain.quote import require_fresh
from services.settlement.domain.remedy import Remedy
from services.settlement.use_cases.matter import conclude, open_matter
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveRemedy:
    """Which quote, as it was shown."""

    remedy_id: str
    quote_hash: str


async def approve_remedy(tx: Transaction, cmd: ApproveRemedy, *, caller: Caller, now: datetime) -> Remedy:
    """Approve in a role that the amount needs and that the caller holds, if he never touched the case."""
    matter = await open_matter(tx, caller.org, cmd.remedy_id)
    remedy = matter.remedy
    row = table.row_for(matter.section.approval, remedy.quote.worth)
    life.require_state(remedy, "approve")
    touched = await cases.touched_by(tx, caller.org, remedy.case_id)
    role = table.approve_as(row, remedy.approvals, subject=caller.subject, roles=caller.roles, touched=touched.keys())
    require_fresh(remedy.quote, remedy=matter.rule, case=matter.case, shown=cmd.quote_hash)
    gates.require(matter.gates("approve"), matter.context(caller))
    approval = Approval(role=role, subject=caller.subject, at=now)
    change = life.approve(remedy, approval=approval, remaining=table.missing(row, (*remedy.approvals, approval)))
    await remedies.add_approval(tx, remedy, approval)
    return await conclude(tx, change, caller=caller, now=now, touches=False)
