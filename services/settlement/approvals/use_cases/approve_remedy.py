"""One person's approval of an accepted remedy."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.approvals.rules import Needed, approve, permitted
from services.settlement.calculation.rules.quote import require_fresh
from services.settlement.cases import store as cases
from services.settlement.remedies.rules.approval_table import Approval, missing
from services.settlement.remedies.rules.gates import require_gates
from services.settlement.remedies.rules.remedy import Remedy, require_transition
from services.settlement.remedies.rules.states import Transition
from services.settlement.remedies.store import remedies
from services.settlement.remedies.use_cases.load_remedy import load_remedy
from services.settlement.remedies.use_cases.save_change import save_change
from services.settlement.remedies.use_cases.take_looks import with_looks
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.as_of import judged_as_of_case


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveRemedy:
    """Which quote, as it was shown."""

    org: OrgId
    remedy_id: str
    quote_hash: str


async def approve_remedy(tx: Transaction, cmd: ApproveRemedy, *, actor: Actor, now: datetime) -> Remedy:
    """Approve in a role that the amount needs and that the actor holds.

    Not by an actor that touched the case, but under an exception of the pack, which is then kept with the approval.
    """
    context = await load_remedy(tx, org=cmd.org, remedy_id=cmd.remedy_id, lock=True)
    require_transition(context.remedy, Transition.APPROVE)
    context = await with_looks(tx, context, "approve", now=now)
    remedy, row = context.remedy, context.approval_row()
    touched = await cases.touched_by(tx, org=cmd.org, case_id=remedy.case_id)
    async with judged_as_of_case(tx, org=cmd.org, case_id=context.case.case_id):
        needed = Needed(row=row, worth=remedy.quote.worth, own=context.own_approvals())
        role, exempt = permitted(needed, remedy.approvals, actor=actor, touched=touched.keys())
        require_fresh(remedy.quote, remedy=context.rule, case=context.case_as_quoted, shown=cmd.quote_hash)
        require_gates(context.gates("approve"), context.variables(actor))
    approval = Approval(role=role, subject=actor.subject, at=now, exempt=exempt)
    change = approve(remedy, approval=approval, remaining=missing(row, (*remedy.approvals, approval)))
    await remedies.add_approval(tx, remedy, approval)
    return await save_change(tx, change, actor=actor, now=now, is_touch=False)
