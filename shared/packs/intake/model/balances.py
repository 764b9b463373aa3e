"""Balances: what may be used up by key and period, what moves into the next period, and what a step books."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import Field

from shared.kernel.text import Text
from shared.packs.language.citations import Cite
from shared.packs.language.expressions_in import names_read
from shared.packs.language.section import Section
from shared.packs.language.types import Currency, Expr, Ident, Unit

BALANCES: Final = "balances"
"""What expressions call them."""

PERIOD: Final = "period"
"""What the most that moves on calls the period that it moves out of."""

SEEN_OF_PERIOD: Final = frozenset({"limit", "start", "end", "label"})
"""What it sees of the period."""

SEEN_OF_BALANCE: Final = frozenset({"limit", "carried", "used", "left"})
"""What expressions see of one."""

MOST_PERIODS: Final = 36

EveryPeriod = Literal["month", "quarter", "half_year", "year"]
"""Calendar periods in the pack's zone; half-years begin in January and July."""


class CarryOver(Section):
    """The unused rest of a period moves into the next one, with what had moved into that period before."""

    periods: Annotated[int, Field(ge=1, le=MOST_PERIODS)]
    """From how many periods back it is counted; what was left before them is forfeited."""
    most: Expr | None = None
    """The most that moves out of a period into the next one, in the balance's unit: `"300000"`, or a formula over that
    period and what its limit reads: `period.limit * 0.5`. Sees `standing` as the limit of that period does, and
    `period` with `limit`, `start`, `end` (instants) and `label`. All of the rest when left out; nothing while it cannot
    be computed.
    """
    since: date | None = None
    """The period of this day, in the pack's zone, is the first of which a rest moves on: the first that was kept here.
    When left out, periods before the pack was in force leave their limits as a rest, too: nothing was booked in them.
    """
    cite: Cite


class Balance(Section):
    """What may be used up by one subject (a customer, a contract) in a period, and what steps have booked on it.

    Expressions read `balances.<id>.limit`, `.carried` (moved here from earlier periods), `.used` and `.left` (limit and
    carried less used, and less what later periods that have bookings need of it), where looks are read. The period is
    that of the decision (`at`). A step that reads or books it holds the key to its end, so that of two at once the
    second one sees what the first one used. While the key is absent, the whole balance is null. The case's history
    keeps what it read and booked.
    """

    id: Ident
    """`balances.<id>` in expressions."""
    label: Text
    """What people read."""
    key: Expr | None = None
    """Whose it is, as text of at most 200 characters: `facts.contract`; sees what the key of a standing fact sees. The
    case's customer when left out.
    """
    every: EveryPeriod | None = None
    """Its periods; one account for all times when left out."""
    limit: Expr | None = None
    """What may be used in a period: `number(standing.purchases) * 0.15`. Sees standing facts alone, of the present
    period as of `at`, of an earlier one as of its end, as they are known now: a later correction of purchases counts.
    While it cannot be computed, `limit` and `left` are null, bookings are refused; an earlier period leaves no rest.
    """
    carry_over: CarryOver | None = None
    """What becomes of the rest; it is forfeited when left out."""
    currency: Currency | None = None
    """Amounts are whole minor units of it (fen)."""
    unit: Unit | None = None
    """Instead of `currency`: amounts are decimals in this unit, `t`."""
    may_exceed: bool = False
    """An account that is kept and not limited, as of fines: no booking is refused, and it may go below zero."""
    cite: Cite


class Books(Section):
    """What a step books on a balance; more than is left is refused (`balance_exceeded`)."""

    balance: Ident
    """The balance."""
    when: Expr | None = None
    """Booked only when this holds. Sees the facts as the step leaves them."""
    amount: Expr | None = None
    """How much is used: fen, or a decimal of the unit. Nothing is booked for 0; below 0 only where `may_exceed`."""
    reverses: bool = False
    """Instead of `amount`: everything that the case has booked on the balance is given back, in the periods in which it
    was booked.
    """


def balances_read_by(declared: tuple[Balance, ...], things: Iterable[object]) -> tuple[Balance, ...]:
    """The balances that an expression inside `things` reads."""
    names = names_read(BALANCES, things)
    return declared if names is None else tuple(balance for balance in declared if balance.id in names)
