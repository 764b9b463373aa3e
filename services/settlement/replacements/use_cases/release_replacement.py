"""Replacement goods go out, never more than came back."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.settlement.db import remedies
from services.settlement.db.remedies import Movement
from services.settlement.domain import gates
from services.settlement.domain import remedy as life
from services.settlement.domain.errors import ReleaseTooLarge, WrongMode
from services.settlement.domain.quote import require_fresh
from services.settlement.domain.remedy import Remedy
from services.settlement.use_cases.matter import conclude, open_matter
from shared.kernel.ids import new_id
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseReplacement:
    """How much goes out now."""

    remedy_id: str
    quantity: Decimal


async def release_replacement(tx: Transaction, cmd: ReleaseReplacement, *, caller: Caller, now: datetime) -> Remedy:
    """Add to what went out; the agreed quantity executes the remedy."""
    matter = await open_matter(tx, caller.org, cmd.remedy_id)
    rule, remedy = matter.rule, matter.remedy
    if rule.returns is None:
        raise WrongMode(cite=rule.cite, detail="a remedy in money has no goods to release")
    movement_id = new_id()
    life.require_state(remedy, "release")
    require_fresh(remedy.quote, remedy=rule, case=matter.case, shown=None)
    gates.require(matter.gates("release"), matter.context(caller))
    try:
        change = life.release(remedy, quantity=cmd.quantity, reference=movement_id)
    except ReleaseTooLarge as refusal:
        raise ReleaseTooLarge(
            code=rule.returns.code,
            title=rule.returns.message,
            cite=rule.returns.cite,
            fields={**refusal.fields, "unit": rule.returns.unit},
        ) from None
    moved = Movement(movement_id=movement_id, kind="release", quantity=cmd.quantity, subject=caller.subject, at=now)
    await remedies.add_movement(tx, remedy, moved)
    return await conclude(tx, change, caller=caller, now=now)
