"""Keep how a party of a case is reached."""

from dataclasses import dataclass
from datetime import datetime

from services.notify.cases.rules import Party
from services.notify.cases.store import save_party
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordParty:
    """Which party, on which case, recorded when."""

    org: OrgId
    case_id: str
    party: Party
    at: datetime


async def record_party(tx: Transaction, cmd: RecordParty) -> None:
    """Store the party; it may come before its case."""
    await save_party(tx, cmd.party, org=cmd.org, case_id=cmd.case_id, at=cmd.at)
