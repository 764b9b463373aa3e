"""Requests about payouts, and a payout as readers see it."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.settlement.calculation.views import MoneyBody, MoneyView, money_view
from services.settlement.payouts.rules.payout import PayoutState
from services.settlement.payouts.rules.resolution import Decision, Resolution
from services.settlement.payouts.store.lists import ListedPayout
from services.settlement.remedies.views import Hash, Reason
from shared.contracts.erp import LONGEST_REFERENCE
from shared.kernel.foreign_text import is_plain
from shared.platform.http.strict import StrictModel


class PayoutBody(StrictModel):
    """The amount to pay; it must equal the quote's and the document's figure."""

    amount: MoneyBody
    quote_hash: Hash | None = None


class ResolutionBody(StrictModel):
    """What a person decides about a payout that waits, is in doubt or is quarantined.

    `paid` and `not_paid` state what the ERP's books show; `send_again` and `ask_again` repeat under the same key.
    """

    decision: Annotated[Decision, Field(strict=False)]
    reference: Annotated[str, Field(min_length=1, max_length=LONGEST_REFERENCE)] | None = Field(
        default=None, description="The ERP's number of the payment; required with `paid`, not given otherwise."
    )
    reason: Reason

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.reference is not None) != (self.decision is Decision.PAID):
            raise PydanticCustomError("reference_with_paid", "a reference belongs to `paid`, and to it alone")
        if self.reference is not None and not is_plain(self.reference):
            raise PydanticCustomError("reference_not_plain", "the reference holds characters that cannot be kept")
        return self

    def resolution(self) -> Resolution:
        """The decision."""
        return Resolution(decision=self.decision, reference=self.reference, reason=self.reason)


class PayoutView(BaseModel):
    """A payout and the state of the call to the ERP.

    `code` and `reason` are the ERP's words where it refused or the money came back, and ours where we wait.
    """

    payout_id: str
    case_id: str
    remedy_id: str
    state: PayoutState
    amount: MoneyView
    requested_at: datetime
    attempt: int = Field(description="How often the ERP was called.")
    next_at: datetime | None = Field(description="When it is asked next; null when it is not any more.")
    settled_at: datetime | None = Field(description="When it was known to be paid, refused or back.")
    reference: str | None
    code: str | None
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
        settled_at=payout.settled_at,
        reference=payout.reference,
        code=payout.code,
        reason=payout.reason,
    )
