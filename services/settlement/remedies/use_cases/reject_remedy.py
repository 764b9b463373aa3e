"""The customer refuses an offer."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.domain import remedy as life
from services.settlement.domain.remedy import Remedy
from services.settlement.use_cases.matter import conclude, open_matter
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectRemedy:
    """Which offer, why, and whether no further one will be heard."""

    remedy_id: str
    final: bool
    reason: str


async def reject_remedy(tx: Transaction, cmd: RejectRemedy, *, caller: Caller, now: datetime) -> Remedy:
    """Record the refusal."""
    matter = await open_matter(tx, caller.org, cmd.remedy_id)
    change = life.reject(matter.remedy, final=cmd.final, reason=cmd.reason)
    return await conclude(tx, change, caller=caller, now=now)
