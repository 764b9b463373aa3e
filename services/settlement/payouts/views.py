"""Requests about payouts."""

from services.settlement.calculation.views import MoneyBody
from services.settlement.remedies.views import Hash
from shared.platform.http.strict import StrictModel


class PayoutBody(StrictModel):
    """The amount to pay; it must equal the quote's and the document's figure."""

    amount: MoneyBody
    quote_hash: Hash | None = None
