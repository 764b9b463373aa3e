"""Why this amount, who had to approve it, and what stands or stood in its way."""

from dataclasses import dataclass

from services.settlement.db import cases, remedies
from services.settlement.domain import approval as table
from services.settlement.domain import gates
from services.settlement.domain.formula import compute
from services.settlement.domain.gates import Checked
from services.settlement.use_cases.matter import Matter, rule_of, rules_of
from shared.kernel.ids import OrgId
from shared.packs.settlement.model import Action, Approval
from shared.platform.db.transaction import Transaction

_ACTIONS: tuple[Action, ...] = ("quote", "offer", "accept", "approve", "payout", "release")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The matter, computed again, with the approval row and every gate as it stands now."""

    matter: Matter
    row: Approval
    is_reproduced: bool
    gates: tuple[tuple[Action, Checked], ...]


async def explain_remedy(tx: Transaction, org: OrgId, remedy_id: str) -> Explanation:
    """Compute again what was quoted, with the same function, and look at all gates."""
    remedy = await remedies.get(tx, org, remedy_id)
    case = await cases.get(tx, org, remedy.case_id)
    section = await rules_of(tx, case)
    matter = Matter(case=case, remedy=remedy, rule=rule_of(section, remedy.remedy), section=section)
    context = matter.context()
    return Explanation(
        matter=matter,
        row=table.row_for(section.approval, remedy.quote.worth),
        is_reproduced=compute(matter.rule, remedy.quote.trace.inputs) == remedy.quote.trace,
        gates=tuple(
            (action, checked) for action in _ACTIONS for checked in gates.evaluate(matter.gates(action), context)
        ),
    )
