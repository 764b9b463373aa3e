"""Replacement in kind: released ≤ returned ≤ agreed, always."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from services.settlement.calculation.rules.decimals import plain
from services.settlement.calculation.rules.quote import Quote
from services.settlement.remedies.rules.errors import WrongMode
from services.settlement.remedies.rules.events import RemedyExecuted, RemedyGoodsReturned, RemedyReplacementReleased
from services.settlement.remedies.rules.remedy import Change, Remedy, changed, require_transition
from services.settlement.remedies.rules.states import State, Transition
from shared.kernel.errors import Conflict
from shared.kernel.text import Text


class ReturnTooLarge(Conflict):
    """More came back than was agreed; `fields.max` is what may still be booked."""

    code = "return_exceeds_agreed"
    title = Text(en="More than was agreed came back", zh="退货数量超出约定数量")


class ReleaseTooLarge(Conflict):
    """More would be released than came back; `fields.max` is what may be released now."""

    code = "return_required"
    title = Text(en="Original goods must come back first", zh="须先退回原货物")


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Goods that came back or went out."""

    movement_id: str
    kind: Literal["return", "release"]
    quantity: Decimal
    subject: str
    at: datetime


def book_return(remedy: Remedy, *, quantity: Decimal) -> Change:
    """Goods came back. Raises WrongMode, or ReturnTooLarge beyond what was agreed."""
    require_transition(remedy, Transition.RETURNS)
    agreed = _agreed(remedy.quote)
    most = agreed - remedy.returned
    if quantity > most:
        raise ReturnTooLarge(fields={"max": plain(most), "agreed": plain(agreed), "returned": plain(remedy.returned)})
    returned = remedy.returned + quantity
    return changed(replace(remedy, returned=returned), RemedyGoodsReturned(returned=plain(returned)))


def release(remedy: Remedy, *, quantity: Decimal, reference: str) -> Change:
    """Replacement goods go out; the last of them executes the remedy. Raises ReleaseTooLarge beyond what came back."""
    require_transition(remedy, Transition.RELEASE)
    agreed = _agreed(remedy.quote)
    most = min(agreed, remedy.returned) - remedy.released
    if quantity > most:
        fields = {"max": plain(most), "agreed": plain(agreed), "returned": plain(remedy.returned)}
        raise ReleaseTooLarge(fields={**fields, "released": plain(remedy.released)})
    released = remedy.released + quantity
    after = replace(remedy, released=released)
    event = RemedyReplacementReleased(released=plain(released))
    if released < agreed:
        return changed(after, event)
    executed = replace(after, state=State.EXECUTED, reference=reference)
    return changed(executed, event, RemedyExecuted(reference=reference, split=None))


def _agreed(quote: Quote) -> Decimal:
    """The agreed quantity. Raises WrongMode for a remedy in money."""
    if quote.quantity is None:
        raise WrongMode(detail="a remedy in money has no goods to book")
    return quote.quantity
