"""A person decides about a payout that the machine cannot bring to an end; audited."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.settlement.payouts.rules.resolution import Resolution, resolved
from services.settlement.payouts.store import lists, payouts
from services.settlement.payouts.store.lists import ListedPayout
from services.settlement.payouts.use_cases.follow_payout import follow_payout
from services.settlement.remedies.use_cases.load_remedy import load_remedy
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId
from shared.platform.db.transaction import Transaction
from shared.platform.inbox.dead_letter import audit


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvePayout:
    """Which payout, and what was decided."""

    org: OrgId
    payout_id: str
    resolution: Resolution


async def resolve_payout(tx: Transaction, cmd: ResolvePayout, *, actor: Actor, now: datetime) -> ListedPayout:
    """Carry the decision out. Raises PayoutUnknown, or PayoutNotOpen where the payout's state does not allow it."""
    listed = await lists.get(tx, org=cmd.org, payout_id=cmd.payout_id)
    context = await load_remedy(tx, org=cmd.org, remedy_id=listed.payout.remedy_id, lock=True)
    before = await payouts.take_over(tx, org=cmd.org, payout_id=cmd.payout_id)
    payout = resolved(before, cmd.resolution, now=now)
    await payouts.save_result(tx, cmd.org, payout, now=now)
    details: dict[str, object] = {
        "payout_id": cmd.payout_id,
        "decision": cmd.resolution.decision.value,
        "reference": cmd.resolution.reference,
        "reason": cmd.resolution.reason,
        "from": before.state.value,
    }
    await audit(tx, operator=actor.subject, action="payout.resolve", org=cmd.org, details=details)
    await follow_payout(tx, context, before=before.state, payout=payout, actor=actor, now=now)
    return replace(listed, payout=payout)
