"""Reject an offered remedy."""

from typing import ClassVar

from operate.scenarios.remedy_verb import RemedyVerb
from operate.scenarios.session import Answer
from operate.scenarios.values import Truth
from operate.scenarios.verb_call import VerbCall


class Reject(RemedyVerb):
    """Rejects the offered remedy."""

    NAME: ClassVar[str] = "reject"
    REQUEST: ClassVar[str] = "POST /v1/remedies/{id}/reject; a customer: /v1/my/cases/…"

    final: Truth = False
    """The customer wants no other offer."""
    reason: str = "too little"

    async def perform(self, call: VerbCall) -> Answer:
        """Reject the remedy."""
        return await self.act(call, "reject", {"final": self.final, "reason": self.reason})
