"""The customer accepts an offer, or a role that the pack names accepts it for the customer."""

from dataclasses import dataclass
from datetime import datetime

from services.settlement.calculation.rules.quote import require_fresh, require_valid
from services.settlement.remedies.rules.approval_table import missing
from services.settlement.remedies.rules.gates import require_gates
from services.settlement.remedies.rules.performers import require_another_person, require_performer
from services.settlement.remedies.rules.remedy import Remedy, accept, require_transition
from services.settlement.remedies.rules.states import Transition
from services.settlement.remedies.use_cases.load_remedy import load_remedy
from services.settlement.remedies.use_cases.save_change import save_change
from services.settlement.remedies.use_cases.take_looks import with_looks
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.as_of import judged_as_of_case


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptRemedy:
    """Which offer, as it was shown; `consent` where the rule asks for it expressly."""

    org: OrgId
    remedy_id: str
    quote_hash: str
    consent: bool | None


async def accept_remedy(tx: Transaction, cmd: AcceptRemedy, *, actor: Actor, now: datetime) -> Remedy:
    """Accept exactly the quote that `quote_hash` names."""
    context = await load_remedy(tx, org=cmd.org, remedy_id=cmd.remedy_id, lock=True)
    remedy, rule = context.remedy, context.rule
    require_performer(context.section, "accept", actor=actor, cite=rule.cite)
    require_another_person(context.section, "accept", remedy, actor=actor)
    require_transition(remedy, Transition.ACCEPT)
    context = await with_looks(tx, context, "accept", now=now)
    remedy = context.remedy
    change = accept(remedy, consent=cmd.consent, remaining=missing(context.approval_row(), ()), actor=actor)
    require_valid(expires_at=remedy.expires_at, now=now, cite=rule.cite)
    async with judged_as_of_case(tx, org=cmd.org, case_id=context.case.case_id):
        require_fresh(remedy.quote, remedy=rule, case=context.case_as_quoted, shown=cmd.quote_hash)
        require_gates(context.gates("accept"), context.variables(actor, consent=cmd.consent))
    return await save_change(tx, change, actor=actor, now=now)
