"""Request the payment of a remedy."""

from typing import ClassVar

from operate.scenarios.remedy_verb import RemedyVerb
from operate.scenarios.session import Answer
from operate.scenarios.values import Amount
from operate.scenarios.verb_call import VerbCall, without_none


class Payout(RemedyVerb):
    """Requests the payment of the remedy."""

    NAME: ClassVar[str] = "payout"
    REQUEST: ClassVar[str] = "POST /v1/remedies/{id}/payout"
    GOES_ON: ClassVar[bool] = True

    amount: Amount | None = None
    """Default: the amount of the remedy."""
    quote_hash: str | None = None

    async def perform(self, call: VerbCall) -> Answer:
        """Request the payment."""
        quoted = self.quoted(call)["amount"]
        amount = call.money(self.amount) if self.amount else {key: quoted[key] for key in ("minor", "currency")}
        return await self.act(call, "payout", without_none(amount=amount, quote_hash=self.quote_hash))
