"""Offer a quoted remedy."""

from typing import ClassVar

from operate.scenarios.remedy_verb import RemedyVerb
from operate.scenarios.session import Answer
from operate.scenarios.verb_call import VerbCall


class Offer(RemedyVerb):
    """Offers the remedy to the customer under the quote's hash."""

    NAME: ClassVar[str] = "offer"
    REQUEST: ClassVar[str] = "POST /v1/remedies/{id}/offer"

    quote_hash: str | None = None
    """Default: the hash of the quote."""

    async def perform(self, call: VerbCall) -> Answer:
        """Offer the remedy."""
        return await self.act(call, "offer", {"quote_hash": self.quote_hash or self.quoted(call)["quote_hash"]})
