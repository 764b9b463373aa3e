"""An approver says no; the remedy ends."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.domain import approval as table
from services.settlement.domain import remedy as life
from services.settlement.domain.remedy import Remedy
from services.settlement.use_cases.matter import conclude, open_matter
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineRemedy:
    """Which remedy, and why."""

    remedy_id: str
    reason: str


async def decline_remedy(tx: Transaction, cmd: DeclineRemedy, *, caller: Caller, now: datetime) -> Remedy:
    """End the remedy; any of the roles that the amount needs may."""
    matter = await open_matter(tx, caller.org, cmd.remedy_id)
    change = life.decline(matter.remedy, reason=cmd.reason)
    table.require_role(table.row_for(matter.section.approval, matter.remedy.quote.worth), caller.roles)
    return await conclude(tx, change, caller=caller, now=now, touches=False)
