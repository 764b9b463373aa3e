"""Decline to approve a remedy."""

from typing import ClassVar

from operate.scenarios.remedy_verb import RemedyVerb
from operate.scenarios.session import Answer
from operate.scenarios.verb_call import VerbCall


class Decline(RemedyVerb):
    """Declines to approve the remedy."""

    NAME: ClassVar[str] = "decline"
    REQUEST: ClassVar[str] = "POST /v1/remedies/{id}/decline"

    reason: str

    async def perform(self, call: VerbCall) -> Answer:
        """Decline the remedy."""
        return await self.act(call, "decline", {"reason": self.reason})
