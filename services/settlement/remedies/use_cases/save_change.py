"""Store what a transition made of a remedy, and publish its events."""

from datetime import datetime

from services.settlement.announce import announced
from services.settlement.cases import store as cases
from services.settlement.remedies.rules.remedy import Change, Remedy
from services.settlement.remedies.store import remedies
from shared.kernel.actor import Actor
from shared.platform.db.transaction import Transaction
from shared.platform.outbox.of_cases import append_of_cases


async def save_change(tx: Transaction, change: Change, *, actor: Actor, now: datetime, is_touch: bool = True) -> Remedy:
    """Store the remedy and append its events. With `is_touch` the actor has touched the case, for the four-eyes rule.

    Approving and declining are no touch, nor is anything that the system does.
    """
    remedy = change.remedy
    await remedies.save(tx, remedy)
    if is_touch and not actor.is_system:
        await cases.touch(tx, org=remedy.org, case_id=remedy.case_id, subject=actor.subject, at=now)
    await append_of_cases(tx, announced(change, actor=actor, now=now))
    return remedy
