"""End a quote that was not accepted in time."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.remedies.rules.remedy import expire
from services.settlement.remedies.rules.states import EXPIRING
from services.settlement.remedies.use_cases.load_remedy import load_remedy
from services.settlement.remedies.use_cases.save_change import save_change
from shared.kernel.actor import SYSTEM
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireQuote:
    """Which remedy's quote."""

    org: OrgId
    remedy_id: str


async def expire_quote(tx: Transaction, cmd: ExpireQuote, *, now: datetime) -> bool:
    """Check again under the lock; False when the remedy was accepted meanwhile or its time is not over."""
    remedy = (await load_remedy(tx, org=cmd.org, remedy_id=cmd.remedy_id, lock=True)).remedy
    if remedy.state not in EXPIRING or now <= remedy.expires_at:
        return False
    await save_change(tx, expire(remedy), actor=SYSTEM, now=now)
    return True
