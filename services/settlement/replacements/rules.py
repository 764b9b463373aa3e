"""Replacement in kind: released ≤ returned ≤ agreed, always."""

from decimal import Decimal

from services.settlement.domain.errors import ReleaseTooLarge, ReturnTooLarge, WrongMode
from services.settlement.domain.figures import plain
from services.settlement.domain.quote import Quote
from shared.kernel.errors import Conflict


class GoodsReleased(Conflict):
    """Goods have gone out already; the remedy can only be completed."""

    code = "goods_released_already"


def agreed(quote: Quote) -> Decimal:
    """The agreed quantity. Raises WrongMode for a remedy in money."""
    if quote.quantity is None:
        raise WrongMode(detail="a remedy in money has no goods to book")
    return quote.quantity


def after_return(agreed_quantity: Decimal, *, returned: Decimal, quantity: Decimal) -> Decimal:
    """Returned in total once `quantity` more came back."""
    most = agreed_quantity - returned
    if quantity > most:
        raise ReturnTooLarge(fields={"max": plain(most), "agreed": plain(agreed_quantity), "returned": plain(returned)})
    return returned + quantity


def after_release(agreed_quantity: Decimal, *, returned: Decimal, released: Decimal, quantity: Decimal) -> Decimal:
    """Released in total once `quantity` more went out."""
    most = min(agreed_quantity, returned) - released
    if quantity > most:
        fields = {"max": plain(most), "agreed": plain(agreed_quantity), "returned": plain(returned)}
        raise ReleaseTooLarge(fields={**fields, "released": plain(released)})
    return released + quantity


def require_nothing_released(released: Decimal, *, cite: str) -> None:
    """Raise GoodsReleased once goods are out."""
    if released > 0:
        raise GoodsReleased(cite=cite, fields={"released": plain(released)})
