"""Answers about balances; amounts are texts, of money in minor units of the currency."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel

from services.intake.balances.rules.balance import shown
from services.intake.balances.use_cases.list_balances import Listed
from services.intake.balances.use_cases.list_entries import Entry
from services.intake.entries.views import TextView, text_view


class BalanceView(BaseModel):
    """A balance of one subject in one period."""

    pack: str
    name: str
    label: TextView
    key: str
    period: str | None
    starts_at: datetime | None
    ends_at: datetime | None
    currency: str | None
    unit: str | None
    may_exceed: bool
    limit: str | None
    carried: str
    used: str
    left: str | None


class BalanceEntryView(BaseModel):
    """A booking on a balance."""

    entry_id: str
    pack: str
    name: str
    period: str | None
    amount: str
    counts_at: datetime
    reverses: bool
    case_id: str
    step: str
    recorded_at: datetime
    recorded_by: str


def balance_view(listed: Listed) -> BalanceView:
    """A balance in one period."""
    state, balance = listed.state, listed.state.balance
    here = state.period
    return BalanceView(
        pack=listed.pack,
        name=balance.id,
        label=text_view(balance.label),
        key=state.subject,
        period=here.span.label or None,
        starts_at=here.span.starts_at,
        ends_at=here.span.ends_at,
        currency=balance.currency,
        unit=balance.unit,
        may_exceed=balance.may_exceed,
        limit=_text(here.limit),
        carried=shown(state.carried),
        used=shown(here.used),
        left=_text(state.left),
    )


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else shown(amount)


def entry_view(entry: Entry) -> BalanceEntryView:
    """A booking."""
    row, booking = entry.row, entry.row.booking
    return BalanceEntryView(
        entry_id=row.entry_id,
        pack=row.pack,
        name=booking.balance,
        period=entry.period or None,
        amount=shown(booking.amount),
        counts_at=booking.counts_at,
        reverses=booking.reverses,
        case_id=row.case_id,
        step=row.step,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
    )
