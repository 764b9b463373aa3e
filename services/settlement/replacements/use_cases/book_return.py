"""Book goods to be replaced that came back."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.settlement.remedies.rules.errors import WrongMode
from services.settlement.remedies.rules.performers import require_another_person, require_performer
from services.settlement.remedies.rules.remedy import Remedy
from services.settlement.remedies.use_cases.load_remedy import load_remedy
from services.settlement.remedies.use_cases.save_change import save_change
from services.settlement.replacements import rules, store
from services.settlement.replacements.rules import Movement, ReturnTooLarge
from shared.kernel.actor import Actor
from shared.kernel.ids import OrgId, new_id
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class BookReturn:
    """How much came back now."""

    org: OrgId
    remedy_id: str
    quantity: Decimal


async def book_return(tx: Transaction, cmd: BookReturn, *, actor: Actor, now: datetime) -> Remedy:
    """Add to what came back, up to what was agreed."""
    context = await load_remedy(tx, org=cmd.org, remedy_id=cmd.remedy_id, lock=True)
    require_performer(context.section, "returns", actor=actor, cite=context.rule.cite)
    require_another_person(context.section, "returns", context.remedy, actor=actor)
    try:
        change = rules.book_return(context.remedy, quantity=cmd.quantity)
    except (ReturnTooLarge, WrongMode) as refusal:
        raise refusal.citing(context.rule.cite) from None
    movement = Movement(movement_id=new_id(), kind="return", quantity=cmd.quantity, subject=actor.subject, at=now)
    await store.add(tx, context.remedy, movement)
    return await save_change(tx, change, actor=actor, now=now)
