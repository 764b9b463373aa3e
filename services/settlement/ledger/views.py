"""The ledger of a case as readers see it."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from services.settlement.calculation.views import MoneyView, money_view
from services.settlement.ledger.rules import BookedLine


class PostingView(BaseModel):
    """One line of the ledger; a debit is positive, a credit negative."""

    entry_id: str
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


def ledger_view(booked: list[BookedLine]) -> LedgerView:
    """The ledger for a reader."""
    return LedgerView(
        items=[
            PostingView(
                entry_id=each.entry_id,
                remedy_id=each.remedy_id,
                business_key=each.business_key,
                at=each.at,
                account=each.line.account,
                side="debit" if each.line.amount.minor > 0 else "credit",
                amount=money_view(each.line.amount),
                cite=each.line.cite,
            )
            for each in booked
        ],
        sum_minor=sum(each.line.amount.minor for each in booked),
    )
