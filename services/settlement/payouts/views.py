"""Requests about payouts."""

from services.settlement.calculation.views import MoneyBody
from services.settlement.remedies.views import Hash
from shared.platform.http.strict import StrictModel


class PayoutBody(StrictModel):
    """What is meant to be paid; it must equal the quote's and the paper's figure."""

    amount: MoneyBody
    quote_hash: Hash | None = None
