"""The customer refuses an offer."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.remedies.rules.performers import require_another_person, require_performer
from services.settlement.remedies.rules.remedy import Remedy, reject
from services.settlement.remedies.use_cases.load_remedy import load_remedy
from services.settlement.remedies.use_cases.save_change import save_change
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectRemedy:
    """Which offer, why, and whether any further offer is refused in advance (`final`)."""

    org: OrgId
    remedy_id: str
    final: bool
    reason: str


async def reject_remedy(tx: Transaction, cmd: RejectRemedy, *, actor: Actor, now: datetime) -> Remedy:
    """Record the refusal."""
    context = await load_remedy(tx, org=cmd.org, remedy_id=cmd.remedy_id, lock=True)
    require_performer(context.section, "accept", actor=actor, cite=context.rule.cite)
    require_another_person(context.section, "accept", context.remedy, actor=actor)
    change = reject(context.remedy, final=cmd.final, reason=cmd.reason)
    return await save_change(tx, change, actor=actor, now=now)
