"""Approve a remedy."""

from typing import ClassVar

from operate.scenarios.remedy_verb import RemedyVerb
from operate.scenarios.session import Answer
from operate.scenarios.verb_call import VerbCall


class Approve(RemedyVerb):
    """Approves the remedy."""

    NAME: ClassVar[str] = "approve"
    REQUEST: ClassVar[str] = "POST /v1/remedies/{id}/approve"

    quote_hash: str | None = None
    """Default: the hash of the quote."""

    async def perform(self, call: VerbCall) -> Answer:
        """Approve the remedy."""
        return await self.act(call, "approve", {"quote_hash": self.quote_hash or self.quoted(call)["quote_hash"]})
