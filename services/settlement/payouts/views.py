"""Requests about payouts, and a payout as readers see it."""

from datetime import datetime

from pydantic import BaseModel, Field

from services.settlement.calculation.views import MoneyBody, MoneyView, money_view
from services.settlement.payouts.rules.payout import PayoutState
from services.settlement.payouts.store import ListedPayout
from services.settlement.remedies.views import Hash
from shared.platform.http.strict import StrictModel


class PayoutBody(StrictModel):
    """The amount to pay; it must equal the quote's and the document's figure."""

    amount: MoneyBody
    quote_hash: Hash | None = None


class PayoutView(BaseModel):
    """A payout and the state of the call to the ERP."""

    payout_id: str
    case_id: str
    remedy_id: str
    state: PayoutState
    amount: MoneyView
    requested_at: datetime
    attempt: int = Field(description="How often the ERP was called.")
    next_at: datetime = Field(description="When it is called next, while it is open.")
    reference: str | None
    reason: str | None


def payout_view(listed: ListedPayout) -> PayoutView:
    """A payout for a reader."""
    payout = listed.payout
    return PayoutView(
        payout_id=payout.payout_id,
        case_id=listed.case_id,
        remedy_id=payout.remedy_id,
        state=payout.state,
        amount=money_view(payout.amount),
        requested_at=listed.requested_at,
        attempt=payout.attempt,
        next_at=payout.next_at,
        reference=payout.reference,
        reason=payout.reason,
    )
