"""Put a quote to the customer."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.calculation.rules.quote import require_fresh, require_valid
from services.settlement.remedies.rules.gates import require_gates
from services.settlement.remedies.rules.negotiation import next_round
from services.settlement.remedies.rules.performers import require_another_person, require_performer
from services.settlement.remedies.rules.remedy import Remedy, offer, require_transition
from services.settlement.remedies.rules.states import Transition
from services.settlement.remedies.store import remedies
from services.settlement.remedies.use_cases.load_remedy import load_remedy
from services.settlement.remedies.use_cases.save_change import save_change
from services.settlement.remedies.use_cases.take_looks import with_looks
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.as_of import judged_as_of_case


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRemedy:
    """Which quote, as it was shown."""

    org: OrgId
    remedy_id: str
    quote_hash: str


async def offer_remedy(tx: Transaction, cmd: OfferRemedy, *, actor: Actor, now: datetime) -> Remedy:
    """Offer exactly the quote that `quote_hash` names."""
    context = await load_remedy(tx, org=cmd.org, remedy_id=cmd.remedy_id, lock=True)
    remedy, rule = context.remedy, context.rule
    require_performer(context.section, "offer", actor=actor, cite=rule.cite)
    require_another_person(context.section, "offer", remedy, actor=actor)
    all_of_case = await remedies.of_case(tx, org=cmd.org, case_id=context.case.case_id)
    require_transition(remedy, Transition.OFFER)
    require_valid(expires_at=remedy.expires_at, now=now, cite=rule.cite)
    context = await with_looks(tx, context, "offer", now=now)
    remedy = context.remedy
    async with judged_as_of_case(tx, org=cmd.org, case_id=context.case.case_id):
        require_fresh(remedy.quote, remedy=rule, case=context.case_as_quoted, shown=cmd.quote_hash)
        number = next_round(remedy, all_of_case, context.section.offers)
        require_gates(context.gates("offer"), context.variables(actor))
    return await save_change(tx, offer(remedy, number=number, actor=actor), actor=actor, now=now)
