"""Put a quote to the customer."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.db import remedies
from services.settlement.domain import gates, negotiation
from services.settlement.domain import remedy as life
from services.settlement.domain.quote import require_fresh, require_valid
from services.settlement.domain.remedy import Remedy
from services.settlement.use_cases.matter import conclude, open_matter
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRemedy:
    """Which quote, as it was shown."""

    remedy_id: str
    quote_hash: str


async def offer_remedy(tx: Transaction, cmd: OfferRemedy, *, caller: Caller, now: datetime) -> Remedy:
    """Offer exactly the quote that `quote_hash` names."""
    matter = await open_matter(tx, caller.org, cmd.remedy_id)
    all_of_case = await remedies.of_case(tx, caller.org, matter.case.case_id)
    life.require_state(matter.remedy, "offer")
    require_valid(expires_at=matter.remedy.expires_at, now=now, cite=matter.rule.cite)
    require_fresh(matter.remedy.quote, remedy=matter.rule, case=matter.case, shown=cmd.quote_hash)
    number = negotiation.next_round(matter.remedy, all_of_case, matter.section.offers)
    gates.require(matter.gates("offer"), matter.context(caller))
    change = life.offer(matter.remedy, number=number)
    return await conclude(tx, change, caller=caller, now=now)
