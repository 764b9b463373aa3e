"""Remember how somebody on a case is reached."""

from datetime import datetime

from services.notify.cases.rules import Party
from services.notify.cases.store import save_party
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


async def record_party(tx: Transaction, party: Party, *, org: OrgId, case_id: str, at: datetime) -> None:
    """Store the party; it may come before its case."""
    await save_party(tx, org, case_id, party, at=at)
