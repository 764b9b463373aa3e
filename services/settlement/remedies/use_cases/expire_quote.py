"""A quote that nobody accepted in time ends."""

from datetime import datetime

from services.settlement.announce import SYSTEM, announce
from services.settlement.db import remedies
from services.settlement.domain import remedy as life
from services.settlement.domain.state import EXPIRING
from services.settlement.use_cases.matter import open_matter
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


async def expire_quote(tx: Transaction, org: OrgId, remedy_id: str, *, now: datetime) -> bool:
    """Look again under the lock; False when it was accepted meanwhile or its time is not over."""
    remedy = (await open_matter(tx, org, remedy_id)).remedy
    if remedy.state not in EXPIRING or now <= remedy.expires_at:
        return False
    change = life.expire(remedy)
    await remedies.save(tx, change.remedy)
    await announce(tx, change, actor=SYSTEM, now=now)
    return True
