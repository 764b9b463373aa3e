"""An approver declines; the remedy ends."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.approvals.rules import decline, require_role
from services.settlement.remedies.rules.performers import require_another_person, require_performer
from services.settlement.remedies.rules.remedy import Remedy
from services.settlement.remedies.use_cases.load_remedy import load_remedy
from services.settlement.remedies.use_cases.save_change import save_change
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineRemedy:
    """Which remedy, and why."""

    org: OrgId
    remedy_id: str
    reason: str


async def decline_remedy(tx: Transaction, cmd: DeclineRemedy, *, actor: Actor, now: datetime) -> Remedy:
    """End the remedy; a holder of any role of the amount's row may, or whom the pack names instead."""
    context = await load_remedy(tx, org=cmd.org, remedy_id=cmd.remedy_id, lock=True)
    change = decline(context.remedy, reason=cmd.reason)
    if context.section.who.decline is None:
        require_role(context.approval_row(), actor.roles)
    require_performer(context.section, "decline", actor=actor, cite=context.rule.cite)
    require_another_person(context.section, "decline", context.remedy, actor=actor)
    return await save_change(tx, change, actor=actor, now=now, is_touch=False)
