"""Goods to be replaced came back."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from services.settlement.db import remedies
from services.settlement.db.remedies import Movement
from services.settlement.domain import remedy as life
from services.settlement.domain.errors import ReturnTooLarge, WrongMode
from services.settlement.domain.remedy import Remedy
from services.settlement.use_cases.matter import conclude, open_matter
from shared.kernel.ids import new_id
from shared.platform.auth.caller import Caller
from shared.platform.db.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class BookReturn:
    """How much came back now."""

    remedy_id: str
    quantity: Decimal


async def book_return(tx: Transaction, cmd: BookReturn, *, caller: Caller, now: datetime) -> Remedy:
    """Add to what came back; never beyond what was agreed."""
    matter = await open_matter(tx, caller.org, cmd.remedy_id)
    try:
        change = life.book_return(matter.remedy, quantity=cmd.quantity)
    except (ReturnTooLarge, WrongMode) as refusal:
        raise refusal.citing(matter.rule.cite) from None
    moved = Movement(movement_id=new_id(), kind="return", quantity=cmd.quantity, subject=caller.subject, at=now)
    await remedies.add_movement(tx, matter.remedy, moved)
    return await conclude(tx, change, caller=caller, now=now)
