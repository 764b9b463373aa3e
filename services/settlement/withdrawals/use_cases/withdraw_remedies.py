"""End the open remedies of a case that one of its steps withdraws."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.payouts.store import lost
from services.settlement.remedies.rules.states import ALLOWED_FROM, State, Transition
from services.settlement.remedies.store import remedies
from services.settlement.remedies.use_cases.save_change import save_change
from services.settlement.withdrawals import metrics
from services.settlement.withdrawals.rules import StepTaken, withdrawn_by
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawRemedies:
    """Of which case, and what the step said."""

    org: OrgId
    case_id: str
    taken: StepTaken


async def withdraw_remedies(tx: Transaction, cmd: WithdrawRemedies, *, actor: Actor, now: datetime) -> None:
    """Withdraw them; the caller has locked the case. `actor` took the step, which is no touch of the money."""
    all_of_case = await remedies.of_case(tx, org=cmd.org, case_id=cmd.case_id)
    unpaid = [each for each in all_of_case if each.state in ALLOWED_FROM[Transition.WITHDRAW]]
    may_be_paid = frozenset([each.remedy_id for each in unpaid if await lost.may_be_paid(tx, each)])
    for change in withdrawn_by(cmd.taken, all_of_case, lost=may_be_paid):
        remedy = await save_change(tx, change, actor=actor, now=now, is_touch=False)
        result = "withdrawn" if remedy.state is State.WITHDRAWN else "not_withdrawn"
        metrics.WITHDRAWALS.labels(result=result).inc()
