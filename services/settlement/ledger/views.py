"""The ledger of a case and of a period as readers see it."""

from datetime import datetime
from typing import Final, Literal

from pydantic import BaseModel

from services.settlement.calculation.views import MoneyView, money_view
from services.settlement.ledger.rules import BookedLine
from services.settlement.ledger.store import Balance
from shared.kernel.money import Money
from shared.platform.exports.lines import Row


class PostingView(BaseModel):
    """One line of the ledger; a debit is positive, a credit negative."""

    entry_id: str
    case_id: str
    remedy_id: str
    business_key: str
    at: datetime
    account: str
    side: Literal["debit", "credit"]
    amount: MoneyView
    cite: str


class LedgerView(BaseModel):
    """The postings of a case; they sum to zero."""

    items: list[PostingView]
    sum_minor: int


class BalanceView(BaseModel):
    """An account in one currency over the period: opening + debit - credit = closing; credits are negative balances."""

    account: str
    opening: MoneyView
    debit: MoneyView
    credit: MoneyView
    closing: MoneyView


class PeriodView(BaseModel):
    """Lines of a period, a page of them, and the balances of all its accounts over the whole period."""

    items: list[PostingView]
    next: str | None
    balances: list[BalanceView]


COLUMNS: Final = ("at", "entry_id", "case_id", "remedy_id", "account", "debit", "credit", "currency", "cite")


def ledger_view(booked: list[BookedLine]) -> LedgerView:
    """The ledger for a reader."""
    return LedgerView(
        items=[posting_view(each) for each in booked], sum_minor=sum(each.line.amount.minor for each in booked)
    )


def posting_view(booked: BookedLine) -> PostingView:
    """A line for a reader."""
    return PostingView(
        entry_id=booked.entry_id,
        case_id=booked.case_id,
        remedy_id=booked.remedy_id,
        business_key=booked.business_key,
        at=booked.at,
        account=booked.line.account,
        side="debit" if booked.line.amount.minor > 0 else "credit",
        amount=money_view(booked.line.amount),
        cite=booked.line.cite,
    )


def balance_view(balance: Balance) -> BalanceView:
    """An account over a period for a reader."""
    opening, debit, credit = balance.opening_minor, balance.debit_minor, balance.credit_minor

    def money(minor: int) -> MoneyView:
        return money_view(Money(minor=minor, currency=balance.currency))

    return BalanceView(
        account=balance.account,
        opening=money(opening),
        debit=money(debit),
        credit=money(credit),
        closing=money(opening + debit - credit),
    )


def exported_row(booked: BookedLine) -> Row:
    """A line of the ledger with the columns COLUMNS, its amount as decimal text on one of the two sides."""
    amount, line = booked.line.amount, booked.line
    return {
        "at": booked.at,
        "entry_id": booked.entry_id,
        "case_id": booked.case_id,
        "remedy_id": booked.remedy_id,
        "account": line.account,
        "debit": f"{amount.decimal()}" if amount.minor > 0 else "",
        "credit": f"{(-amount).decimal()}" if amount.minor < 0 else "",
        "currency": amount.currency,
        "cite": line.cite,
    }
