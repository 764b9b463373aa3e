"""Release replacement goods."""

from typing import ClassVar

from operate.scenarios.remedy_verb import RemedyVerb
from operate.scenarios.session import Answer
from operate.scenarios.values import Text
from operate.scenarios.verb_call import VerbCall


class Release(RemedyVerb):
    """Releases replacement goods to the customer."""

    NAME: ClassVar[str] = "release"
    REQUEST: ClassVar[str] = "POST /v1/remedies/{id}/release"

    quantity: Text

    async def perform(self, call: VerbCall) -> Answer:
        """Release the goods."""
        return await self.act(call, "release", {"quantity": self.quantity})
