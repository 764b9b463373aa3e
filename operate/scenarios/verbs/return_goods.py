"""Record goods that the customer returned."""

from typing import ClassVar

from operate.scenarios.remedy_verb import RemedyVerb
from operate.scenarios.session import Answer
from operate.scenarios.values import Text
from operate.scenarios.verb_call import VerbCall


class ReturnGoods(RemedyVerb):
    """Records goods that the customer returned."""

    NAME: ClassVar[str] = "return_goods"
    REQUEST: ClassVar[str] = "POST /v1/remedies/{id}/returns"

    quantity: Text

    async def perform(self, call: VerbCall) -> Answer:
        """Record the returned goods."""
        return await self.act(call, "returns", {"quantity": self.quantity})
