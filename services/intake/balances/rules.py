"""Balances: what is left of them, what moves into the next period, which bookings are refused.

The unused rest of a period moves into the next one, with what had moved into it, at most so much; it is counted from a
bounded number of periods back. So what is used by the end of a period is never more than the limits up to then allow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.intake.entries.rules.errors import RuleFailed
from services.intake.entries.rules.evaluation import holds
from services.intake.entries.rules.values import Context
from shared.kernel.errors import Conflict, FieldValue
from shared.kernel.instants import instant_text
from shared.kernel.periods import period_at
from shared.kernel.text import Text
from shared.packs.intake.model.balances import Balance, Books, EveryPeriod
from shared.packs.language.expression import ExpressionFailed

_MOST: Final = Decimal(10) ** 18
_PLACES: Final = Decimal("1e-9")
_NOTHING: Final = Decimal(0)


class BalanceExceeded(Conflict):
    """More is booked than is left; `fields.balance`, `fields.left`, `fields.asked`, in the balance's unit. 409."""

    code = "balance_exceeded"
    title = Text(en="More than is left of the balance", zh="超出剩余额度")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A period of a balance; an account without periods has one that is always."""

    label: str
    starts_at: datetime | None
    ends_at: datetime | None


ALWAYS: Final = Span(label="", starts_at=None, ends_at=None)


def span_at(every: EveryPeriod | None, at: datetime, *, zone: ZoneInfo) -> Span:
    """The period that `at` lies in."""
    if every is None:
        return ALWAYS
    if every != "half_year":
        found = period_at(every, at, zone=zone)
        return Span(label=found.label, starts_at=found.starts_at, ends_at=found.ends_at)
    year, quarter = period_at("quarter", at, zone=zone).label.split("-Q")
    first, half = (1, 1) if int(quarter) <= 2 else (7, 2)  # noqa: PLR2004 (quarters of the first half)
    starts, ends = (int(year), first), (int(year) + half - 1, 7 if half == 1 else 1)
    return Span(label=f"{year}-H{half}", starts_at=_midnight(*starts, zone), ends_at=_midnight(*ends, zone))


def _midnight(year: int, month: int, zone: ZoneInfo) -> datetime:
    return datetime(year, month, 1, tzinfo=zone).astimezone(UTC)


def spans(balance: Balance, *, at: datetime, now: datetime, zone: ZoneInfo) -> tuple[Span, ...]:
    """The periods that bear on the one of `at`: those from which a rest may come, and those up to `now`."""
    here = span_at(balance.every, at, zone=zone)
    if balance.carry_over is None:
        return (here,)
    found = [here]
    for _ in range(balance.carry_over.periods):
        first = found[0].starts_at
        if first is None:
            break
        found.insert(0, span_at(balance.every, first - _INSTANT, zone=zone))
    while (end := found[-1].ends_at) is not None and end <= now:
        found.append(span_at(balance.every, end, zone=zone))
    return tuple(found)


_INSTANT: Final = datetime.resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class InPeriod:
    """What may be used in a period without what moves into it, None where that cannot be computed; what was used."""

    span: Span
    limit: Decimal | None
    used: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceState:
    """A balance of one subject: the periods in order, and which of them a decision is about."""

    balance: Balance
    subject: str
    periods: tuple[InPeriod, ...]
    here: int

    @property
    def key(self) -> str:
        """The subject as bookings name it."""
        return hashed(self.subject)

    @property
    def period(self) -> InPeriod:
        """The period that the decision is about."""
        return self.periods[self.here]

    @property
    def carried(self) -> Decimal:
        """What moved into it."""
        return carried(self.periods, most=self._most)[self.here]

    @property
    def left(self) -> Decimal | None:
        """What may still be used in it; below zero where it was exceeded or the limit has sunk. None without one."""
        here = self.period
        if here.limit is None:
            return None
        return here.limit + self.carried - here.used - needed(self.periods[self.here + 1 :])

    @property
    def _most(self) -> Decimal | None:
        return None if self.balance.carry_over is None else self.balance.carry_over.most


def hashed(subject: str) -> str:
    """A subject as bookings name it: often it is the reference of a customer, and bookings outlive a purge."""
    return sha256(subject.encode()).hexdigest()


def carried(periods: Sequence[InPeriod], *, most: Decimal | None) -> list[Decimal]:
    """What moves into each period from those before it; nothing into the first."""
    found = [_NOTHING]
    for period in periods[:-1]:
        rest = _NOTHING if period.limit is None else max(_NOTHING, period.limit + found[-1] - period.used)
        found.append(rest if most is None else min(rest, most))
    return found


def needed(later: Sequence[InPeriod]) -> Decimal:
    """What later periods have used beyond their own limits, so that it has to move into them."""
    need = _NOTHING
    for period in reversed(later):
        need = max(_NOTHING, period.used - (period.limit or _NOTHING) + need)
    return need


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """An amount on a balance, in the period of `counts_at`; below zero gives back."""

    balance: str
    key: str
    amount: Decimal
    counts_at: datetime
    reverses: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Balances:
    """The balances of a decision, by id: None where the key is absent. `own` is what the case has booked, net."""

    at: datetime
    of: Mapping[str, BalanceState | None] = field(default_factory=dict)
    own: tuple[Booking, ...] = ()


def limit_of(balance: Balance, standing: Context) -> Decimal | None:
    """What may be used in a period while these are the standing facts; None where it cannot be computed."""
    if balance.limit is None:
        return None
    try:
        return max(_NOTHING, balance.limit.decimal({"standing": standing}))
    except ExpressionFailed:
        return None


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


def shown(amount: Decimal) -> str:
    """An amount as text, without zeros at its end: `1250`, `60.5`."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain(amount: Decimal) -> Decimal:
    """An amount without zeros at its end, which the database adds."""
    return Decimal(shown(amount))


def seen_as(balances: Balances) -> dict[str, object]:
    """The balances as expressions see them: `balances.<id>`."""
    return {name: None if state is None else _figures(state) for name, state in balances.of.items()}


def _figures(state: BalanceState) -> dict[str, Decimal | None]:
    here = state.period
    return {"limit": here.limit, "carried": state.carried, "used": here.used, "left": state.left}


def kept(balances: Balances) -> dict[str, Any]:
    """The balances as the case's history keeps them: as they were before the decision."""
    return {
        name: None
        if state is None
        else {
            "key": state.subject,
            "period": state.period.span.label,
            **{figure: None if amount is None else shown(amount) for figure, amount in _figures(state).items()},
            "as_of": instant_text(balances.at),
        }
        for name, state in balances.of.items()
    }


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
