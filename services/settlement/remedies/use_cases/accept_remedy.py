"""The customer accepts an offer."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.domain import approval as table
from services.settlement.domain import gates
from services.settlement.domain import remedy as life
from services.settlement.domain.quote import require_fresh, require_valid
from services.settlement.domain.remedy import Remedy
from services.settlement.use_cases.matter import conclude, open_matter
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptRemedy:
    """Which offer, as it was shown; `consent` where the rule asks for it in so many words."""

    remedy_id: str
    quote_hash: str
    consent: bool | None


async def accept_remedy(tx: Transaction, cmd: AcceptRemedy, *, caller: Caller, now: datetime) -> Remedy:
    """Accept exactly the quote that `quote_hash` names."""
    matter = await open_matter(tx, caller.org, cmd.remedy_id)
    row = table.row_for(matter.section.approval, matter.remedy.quote.worth)
    change = life.accept(matter.remedy, consent=cmd.consent, remaining=table.missing(row, ()))
    require_valid(expires_at=matter.remedy.expires_at, now=now, cite=matter.rule.cite)
    require_fresh(matter.remedy.quote, remedy=matter.rule, case=matter.case, shown=cmd.quote_hash)
    gates.require(matter.gates("accept"), matter.context(caller, consent=cmd.consent))
    return await conclude(tx, change, caller=caller, now=now)
