"""What a step books on balances, and what refuses it: more than is left, or an amount that is none."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from services.intake.balances.rules.balance import Balances, BalanceState, Booking, shown
from services.intake.entries.rules.errors import RuleFailed
from services.intake.entries.rules.evaluation import holds
from services.intake.entries.rules.values import Context
from shared.kernel.errors import Conflict, FieldValue
from shared.kernel.instants import instant_text
from shared.kernel.text import Text
from shared.packs.intake.model.balances import Balance, Books
from shared.packs.language.expression import ExpressionFailed

_MOST: Final = Decimal(10) ** 18
_PLACES: Final = Decimal("1e-9")
_NOTHING: Final = Decimal(0)


class BalanceExceeded(Conflict):
    """More is booked than is left; `fields.balance`, `fields.left`, `fields.asked`, in the balance's unit. 409."""

    code = "balance_exceeded"
    title = Text(en="More than is left of the balance", zh="超出剩余额度")


def bookings(books: Sequence[Books], balances: Balances, *, seen: Context, at: datetime) -> tuple[Booking, ...]:
    """What a step books, each seeing those before it. Raises BalanceExceeded, RuleFailed."""
    states, found = dict(balances.of), list[Booking]()
    for item in books:
        if not holds(item.when, seen):
            continue
        if item.reverses:
            found.extend(_reversed(item, balances, found))
            continue
        state = states[item.balance]
        if state is None:
            raise RuleFailed(detail=f"the key of {item.balance} is absent")
        amount = _amount(item, state.balance, seen)
        if amount == 0:
            continue
        _require_left(state, amount)
        found.append(Booking(balance=item.balance, key=state.key, amount=amount, counts_at=at))
        states[item.balance] = with_used(state, amount)
    return tuple(found)


def with_used(state: BalanceState, amount: Decimal) -> BalanceState:
    """The balance after so much more was used."""
    here = replace(state.period, used=state.period.used + amount)
    return replace(state, periods=(*state.periods[: state.here], here, *state.periods[state.here + 1 :]))


def _reversed(item: Books, balances: Balances, booked: Sequence[Booking]) -> list[Booking]:
    """What gives back all that the case has on the balance, with what this step has booked."""
    net: dict[tuple[str, datetime], Decimal] = {}
    for each in (*balances.own, *booked):
        if each.balance == item.balance:
            net[each.key, each.counts_at] = net.get((each.key, each.counts_at), _NOTHING) + each.amount
    return [
        Booking(balance=item.balance, key=key, amount=-amount, counts_at=at, reverses=True)
        for (key, at), amount in sorted(net.items())
        if amount != 0
    ]


def _amount(item: Books, balance: Balance, seen: Context) -> Decimal:
    try:
        amount = item.amount.decimal(seen) if item.amount is not None else _NOTHING
    except ExpressionFailed as failure:
        raise RuleFailed from failure
    whole = amount == amount.quantize(Decimal(1) if balance.currency else _PLACES) if abs(amount) < _MOST else False
    if not whole or (amount < 0 and not balance.may_exceed):
        raise RuleFailed(detail=f"{amount} cannot be booked on {balance.id}")
    return amount


def _require_left(state: BalanceState, amount: Decimal) -> None:
    balance, left = state.balance, state.left
    if balance.may_exceed:
        return
    if left is None:
        raise RuleFailed(cite=balance.cite, detail=f"the limit of {balance.id} cannot be computed")
    if amount > left:
        fields: dict[str, FieldValue] = {"balance": balance.id, "left": shown(left), "asked": shown(amount)}
        raise BalanceExceeded(cite=balance.cite, fields=fields)


def booked_as_kept(found: Sequence[Booking]) -> list[dict[str, Any]]:
    """Bookings as the case's history keeps them."""
    return [
        {
            "balance": each.balance,
            "amount": shown(each.amount),
            "counts_at": instant_text(each.counts_at),
            "reverses": each.reverses,
        }
        for each in found
    ]
