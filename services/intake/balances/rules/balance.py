"""Balances: what is left of them, and what moves into the next period.

The unused rest of a period moves into the next one, with what had moved into it, at most so much; it is counted from a
bounded number of periods back. So what is used by the end of a period is never more than the limits up to then allow.
The limit of a period is used before what moved into it, as counting begins with nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from services.intake.balances.rules.spans import Span
from services.intake.entries.rules.values import Context
from services.intake.standing.rules import text_of_key
from shared.kernel.instants import instant_text
from shared.packs.intake.model.balances import PERIOD, Balance
from shared.packs.intake.model.standing import STANDING, StandingFact
from shared.packs.language.expression import ExpressionFailed

_NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class InPeriod:
    """What may be used in a period without what moves into it, None where that cannot be computed; what was used."""

    span: Span
    limit: Decimal | None
    used: Decimal
    most: Decimal | None = None
    """What moves from it into the next one at most; None where all of its rest does."""


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
        return carried(self.periods)[self.here]

    @property
    def left(self) -> Decimal | None:
        """What may still be used in it; below zero where it was exceeded or the limit has sunk. None without one."""
        here = self.period
        if here.limit is None:
            return None
        return here.limit + self.carried - here.used - needed(self.periods[self.here + 1 :])


def hashed(subject: str) -> str:
    """A subject as bookings name it: often it is the reference of a customer, and bookings outlive a purge."""
    return sha256(subject.encode()).hexdigest()


def carried(periods: Sequence[InPeriod]) -> list[Decimal]:
    """What moves into each period from those before it; nothing into the first."""
    found = [_NOTHING]
    for period in periods[:-1]:
        rest = _NOTHING if period.limit is None else max(_NOTHING, period.limit + found[-1] - period.used)
        found.append(rest if period.most is None else min(rest, period.most))
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
        return max(_NOTHING, balance.limit.decimal({STANDING: standing}))
    except ExpressionFailed:
        return None


def whose_limit(balance: Balance, fact: StandingFact, subject: str) -> str | None:
    """Whose the standing fact is when the balance is that of `subject` and no case says more.

    None where its key is neither that of the balance nor a fixed text: only a case knows it.
    """
    if fact.key is not None and not fact.key.variables:
        return text_of_key(fact.key, {})
    return subject if fact.key == balance.key else None


def most_of(balance: Balance, standing: Context, *, span: Span, limit: Decimal | None) -> Decimal | None:
    """What moves at most out of a period with this limit; 0 where that cannot be computed, None without a bound."""
    most = balance.carry_over.most if balance.carry_over is not None else None
    if most is None:
        return None
    bounds = (None if each is None else instant_text(each) for each in (span.starts_at, span.ends_at))
    period = dict(zip(("start", "end"), bounds, strict=True)) | {"label": span.label, "limit": limit}
    try:
        return max(_NOTHING, most.decimal({STANDING: standing, PERIOD: period}))
    except ExpressionFailed:
        return _NOTHING


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
